// Tables by keyboard (j, k, Enter, x, n, p), rows that open, and selection with its bar of actions.
(() => {
  const words = document.body.dataset;
  const rowsOf = (table) => [...table.querySelectorAll("tbody tr[data-href], tbody tr[data-id]")];

  function focusRow(row) {
    document.querySelectorAll("tr.is-current").forEach((other) => other.classList.remove("is-current"));
    row.classList.add("is-current");
    row.tabIndex = -1;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  function move(by) {
    const current = document.querySelector("tr.is-current");
    const table = current?.closest("table") || document.querySelector("main table[data-rows]");
    if (!table) return false;
    const rows = rowsOf(table);
    const next = rows[current ? rows.indexOf(current) + by : 0];
    if (next) focusRow(next);
    return true;
  }

  const follow = (rel) => { const link = document.querySelector(`main .pager a[rel=${rel}]`); link?.click(); return Boolean(link); };

  const keys = {
    j: () => move(1),
    k: () => move(-1),
    n: () => follow("next"),
    p: () => follow("prev"),
    x: () => { const box = document.querySelector("tr.is-current [data-pick]"); box?.click(); return Boolean(box); },
    Enter: () => { const row = document.activeElement?.closest?.("tr.is-current[data-href]"); if (row) open(row, false); return Boolean(row); },
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || loopline.typing(event.target) || document.querySelector("dialog[open]")) return;
    if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
    if (keys[event.key]?.()) event.preventDefault();
  });

  function open(row, aside) {
    if (aside) window.open(row.dataset.href, "_blank", "noopener");
    else location.assign(row.dataset.href);
  }

  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-href]");
    const own = event.target.closest("a, button, input, label, summary, details, form");
    if (row && !own && !String(getSelection())) open(row, event.ctrlKey || event.metaKey);
  });

  // ---- Columns ---------------------------------------------------------------
  const hiddenOf = (name) => { try { return JSON.parse(localStorage.getItem(`loopline-columns:${name}`) || "[]"); } catch { return []; } };

  function showColumns(menu) {
    const name = menu.dataset.columns;
    const hidden = hiddenOf(name);
    menu.querySelectorAll("input").forEach((box) => { box.checked = !hidden.includes(box.value); });
    document.querySelectorAll(`table[data-table="${CSS.escape(name)}"]`).forEach((table) => {
      [...table.tHead.rows[0].cells].forEach((head, at) => {
        const gone = hidden.includes(head.dataset.column);
        for (const row of table.rows) if (row.cells[at] && row.cells[at].colSpan === 1) row.cells[at].hidden = gone;
      });
    });
  }

  document.addEventListener("change", (event) => {
    const menu = event.target.closest("[data-columns]");
    if (!menu) return;
    const hidden = [...menu.querySelectorAll("input:not(:checked)")].map((box) => box.value);
    loopline.keep(`loopline-columns:${menu.dataset.columns}`, JSON.stringify(hidden));
    showColumns(menu);
  });

  // ---- Width -----------------------------------------------------------------
  const measured = new ResizeObserver((entries) => entries.forEach(({ target }) => {
    const table = target.querySelector("table");
    target.classList.toggle("is-wide", Boolean(table) && table.offsetWidth > target.clientWidth + 1);
  }));

  function prepare() {
    document.querySelectorAll("[data-columns]").forEach(showColumns);
    document.querySelectorAll(".table-scroll").forEach((place) => measured.observe(place));
  }
  document.addEventListener("htmx:afterSettle", prepare);
  prepare();

  // ---- Selection -------------------------------------------------------------
  function tell(part) {
    const picks = [...part.querySelectorAll("[data-pick]")];
    const picked = picks.filter((box) => box.checked);
    const all = part.querySelector("[data-pick-all]");
    const bar = part.querySelector(".bulk");
    picks.forEach((box) => box.closest("tr").classList.toggle("is-picked", box.checked));
    all.checked = picked.length > 0 && picked.length === picks.length;
    all.indeterminate = picked.length > 0 && picked.length < picks.length;
    bar.hidden = !picked.length;
    bar.querySelector(".bulk-count").textContent = `${picked.length} ${words.wordSelected}`;
    bar.querySelectorAll("input[name=id]").forEach((old) => old.remove());
    for (const box of picked) {
      const carried = document.createElement("input");
      Object.assign(carried, { type: "hidden", name: "id", value: box.value });
      bar.append(carried);
    }
  }

  document.addEventListener("change", (event) => {
    const part = event.target.closest("[data-selectable]");
    if (!part) return;
    if (event.target.matches("[data-pick-all]")) part.querySelectorAll("[data-pick]").forEach((box) => { box.checked = event.target.checked; });
    tell(part);
  });

  document.addEventListener("click", (event) => {
    const part = event.target.closest("[data-unselect]")?.closest("[data-selectable]");
    if (!part) return;
    part.querySelectorAll("[data-pick]").forEach((box) => { box.checked = false; });
    tell(part);
  });
})();
