// Draws every [data-chart] with ECharts in one theme that follows light and dark. ECharts is fetched only by pages with a chart.
(() => {
  const source = document.querySelector('meta[name="loopline-echarts"]')?.content;
  const drawn = new Map();
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const sheet = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  let loading = null;

  function load() {
    loading ||= new Promise((done, failed) => {
      const script = document.createElement("script");
      Object.assign(script, { src: source, onload: done, onerror: failed });
      document.head.append(script);
    });
    return loading;
  }

  function theme() {
    const text = sheet("--ink"), soft = sheet("--ink-soft"), line = sheet("--hair"), paper = sheet("--paper");
    const axis = {
      axisLine: { lineStyle: { color: line } }, axisTick: { show: false },
      axisLabel: { color: soft, fontSize: 12, hideOverlap: true },
      splitLine: { lineStyle: { color: line, width: 1 } }, nameTextStyle: { color: soft, fontSize: 12 },
    };
    return {
      color: [1, 2, 3, 4, 5, 6].map((n) => sheet(`--chart-${n}`)),
      backgroundColor: "transparent",
      textStyle: { fontFamily: sheet("--tblr-font-sans-serif"), color: text },
      categoryAxis: { ...axis, splitLine: { show: false } }, valueAxis: { ...axis, axisLine: { show: false } },
      timeAxis: { ...axis, splitLine: { show: false } }, logAxis: axis,
      legend: { textStyle: { color: soft }, icon: "circle", itemWidth: 8, itemHeight: 8, itemGap: 16, top: 0, left: 0 },
      line: { symbol: "circle", symbolSize: 6, showSymbol: false, lineStyle: { width: 2.25 }, smooth: false },
      bar: { itemStyle: { borderRadius: 3 }, barMaxWidth: 36 },
      tooltip: {
        // Rich text is painted on the canvas: the markup tooltip would need inline styles, which the policy forbids.
        renderMode: "richText", backgroundColor: paper, borderColor: line, borderWidth: 1, padding: [8, 12],
        textStyle: { color: text, fontSize: 12.5 }, axisPointer: { lineStyle: { color: soft }, crossStyle: { color: soft } },
      },
      label: { color: text }, visualMap: { textStyle: { color: soft } },
    };
  }

  // A colour given by the name of a custom property, such as "--brand", follows light and dark.
  const inTheme = (key, value) => (typeof value === "string" && /^--[a-z][a-z0-9-]*$/.test(value) ? sheet(value) : value);

  function complete(option) {
    const named = [option.yAxis].flat().some((axis) => axis?.name); // it stands above its axis, below the legend
    const grid = { left: 8, right: 16, top: (option.legend ? 36 : 16) + (named ? 18 : 0), bottom: 8, outerBoundsMode: "same", outerBoundsContain: "axisLabel" };
    return {
      animationDuration: 250, animation: !calm.matches, ...option,
      grid: Array.isArray(option.grid) ? option.grid : { ...grid, ...option.grid },
      tooltip: { trigger: option.xAxis ? "axis" : "item", confine: true, ...option.tooltip, renderMode: "richText" },
      aria: { enabled: false },
    };
  }

  function draw(box) {
    drawn.get(box)?.dispose();
    const chart = echarts.init(box, theme(), { renderer: "canvas" });
    chart.setOption(complete(JSON.parse(box.dataset.chart, inTheme)));
    chart.on("click", (at) => { if (at.data?.url) location.assign(at.data.url); });
    chart.on("mouseover", (at) => { chart.getZr().setCursorStyle(at.data?.url ? "pointer" : "default"); });
    drawn.set(box, chart);
    watched.observe(box);
  }

  const watched = new ResizeObserver((entries) => entries.forEach((entry) => drawn.get(entry.target)?.resize()));

  async function drawAll(within) {
    const boxes = [...within.querySelectorAll(".chart[data-chart]")];
    if (within.matches?.(".chart[data-chart]")) boxes.push(within);
    if (!boxes.length) return;
    await load();
    boxes.filter((box) => !drawn.has(box)).forEach(draw);
  }

  function forgetGone() {
    for (const [box, chart] of drawn) if (!box.isConnected) { chart.dispose(); watched.unobserve(box); drawn.delete(box); }
  }

  document.addEventListener("loopline:theme", () => [...drawn.keys()].forEach(draw));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => [...drawn.keys()].forEach(draw));
  document.addEventListener("htmx:afterSettle", (event) => { forgetGone(); drawAll(event.target); });
  drawAll(document.body);
})();
