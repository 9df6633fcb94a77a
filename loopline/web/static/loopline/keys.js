// The keyboard: go-keys, page keys, help and the command palette.
(() => {
  const GO_PAUSE = 1200; // ms between "g" and the second letter
  let goUntil = 0;

  const typing = (at) => at.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
  const shown = (element) => element && element.getClientRects().length > 0;

  function pressPageKey(key) {
    const at = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find(shown);
    at?.click();
    return Boolean(at);
  }

  function openCreate() {
    const menu = document.querySelector('[data-menu="create"]');
    if (!menu) return false;
    menu.open = true;
    menu.querySelector(".menu-item")?.focus();
    return true;
  }

  const everywhere = {
    "/": () => palette(),
    "?": () => help(),
    "[": () => document.querySelector("[data-fold]")?.click(),
    c: openCreate,
    g: () => { goUntil = performance.now() + GO_PAUSE; },
  };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); return palette(); }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    if (performance.now() < goUntil) {
      goUntil = 0;
      const link = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
      if (link) { event.preventDefault(); link.click(); }
      return;
    }
    if (pressPageKey(event.key)) return event.preventDefault();
    const act = everywhere[event.key];
    if (act && act() !== false) event.preventDefault();
  });

  // Arrows walk through an open menu.
  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest?.("details.menu[open]");
    if (!menu || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
    event.preventDefault();
    step([...menu.querySelectorAll(".menu-item")].filter(shown), event.key === "ArrowDown" ? 1 : -1)?.focus();
  });

  function step(items, by) {
    const at = items.indexOf(document.activeElement);
    return items[at < 0 ? (by > 0 ? 0 : items.length - 1) : (at + by + items.length) % items.length];
  }

  // ---- Help ----------------------------------------------------------------
  function help() {
    const sheet = document.getElementById("help");
    if (!sheet) return;
    const section = sheet.querySelector("[data-help-keys]");
    const list = section.querySelector("dl");
    list.replaceChildren(...[...document.querySelectorAll("main [data-key]")].map(helpLine));
    section.hidden = !list.children.length;
    sheet.showModal();
  }

  function helpLine(at) {
    const line = document.createElement("div");
    const key = document.createElement("dt");
    const cap = document.createElement("kbd");
    const what = document.createElement("dd");
    cap.textContent = at.dataset.key;
    key.append(cap);
    what.textContent = at.dataset.keyLabel || at.textContent.trim();
    line.append(key, what);
    return line;
  }

  // ---- Command palette -----------------------------------------------------
  const box = document.getElementById("palette");
  const input = document.getElementById("palette-input");
  const commands = document.getElementById("palette-commands");
  const nothing = box?.querySelector(".palette-none");

  function palette() {
    if (!box || box.open) return;
    loopline.closeMenus();
    fillCommands();
    input.value = "";
    document.getElementById("palette-found").replaceChildren();
    narrow();
    box.showModal();
    input.focus();
  }

  function fillCommands() {
    // What this page offers comes first, then what can be made, then where one can go.
    const sources = ["main [data-command]", ".topbar [data-command]", ".sidebar .nav-item", ".topbar .menu-right .menu-item[href]"];
    const seen = new Map();
    for (const link of sources.flatMap((where) => [...document.querySelectorAll(where)])) {
      if (!seen.has(link.href)) seen.set(link.href, commandLine(link));
    }
    commands.replaceChildren(...seen.values());
  }

  function commandLine(link) {
    const line = document.createElement("a");
    const label = document.createElement("span");
    line.className = "palette-item";
    line.setAttribute("role", "option");
    line.href = link.href;
    const drawing = link.querySelector("svg")?.cloneNode(true);
    label.textContent = (link.querySelector("span")?.textContent || link.textContent).trim();
    if (drawing) line.append(drawing);
    line.append(label);
    const key = link.dataset.go ? `g ${link.dataset.go}` : link.dataset.key;
    if (key) {
      const cap = document.createElement("kbd");
      cap.textContent = key;
      line.append(cap);
    }
    return line;
  }

  function narrow() {
    const asked = input.value.trim().toLowerCase();
    for (const line of commands.children) line.hidden = !line.textContent.toLowerCase().includes(asked);
    choose(0);
  }

  const lines = () => [...box.querySelectorAll(".palette-item")].filter((line) => !line.hidden);

  function choose(at) {
    const all = lines();
    all.forEach((line, index) => line.setAttribute("aria-selected", String(index === at)));
    all[at]?.scrollIntoView({ block: "nearest" });
    nothing.hidden = all.length > 0;
  }

  if (box) {
    input.addEventListener("input", narrow);
    box.addEventListener("htmx:afterSwap", () => choose(0));
    box.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const all = lines();
      const at = all.findIndex((line) => line.getAttribute("aria-selected") === "true");
      if (event.key === "ArrowDown") { event.preventDefault(); choose((at + 1) % all.length); }
      if (event.key === "ArrowUp") { event.preventDefault(); choose((at - 1 + all.length) % all.length); }
      if (event.key === "Enter" && all[at]) { event.preventDefault(); all[at].click(); }
    });
  }

  Object.assign(loopline, { palette, help, typing });
})();
