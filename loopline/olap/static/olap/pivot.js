// The pivot's island. The server renders everything; here a drag, a key or a button becomes the next address, whose
// answer htmx puts in the place of #pivot. Nothing is kept here: the state is the query in data-query.
const AXES = ["rows", "columns"];
const LONG_PRESS = 280; // ms until a finger drags instead of scrolling
const SLIP = 8; // px that a finger may move before

const pivot = () => document.getElementById("pivot");
const state = () => new URLSearchParams(pivot().dataset.query);
const listed = (params, well) => (params.get(well) || "").split(",").filter(Boolean);
const levelOf = (filter) => filter.match(/^[a-z_0-9]+/)?.[0];

// ---- The next address ------------------------------------------------------
let wanted = null; // id of what has the focus once the answer is there

function go(url, focus = null) {
  wanted = focus;
  return htmx.ajax("GET", url, { target: "#pivot", swap: "outerHTML" });
}

function ask(params, focus) {
  keepSense(params);
  return go(`${pivot().dataset.url}?${params}`, focus);
}

/** What no longer holds is dropped: a top-N of a level that is gone, a sort by a measure that is gone. */
function keepSense(params) {
  const used = AXES.flatMap((axis) => listed(params, axis));
  if (params.has("top") && !used.includes(params.get("top").split(":")[0])) params.delete("top");
  const before = listed(state(), "measures"), sort = Number(params.get("sort") || 0);
  if (sort) {
    const at = listed(params, "measures").indexOf(before[Math.abs(sort) - 1]);
    if (at < 0) params.delete("sort"); else params.set("sort", String((at + 1) * Math.sign(sort)));
  }
}

function write(params, well, names) {
  if (names.length) params.set(well, names.join(",")); else params.delete(well);
}

/** Put a field into a well at a place (at the end when there is none), out of wherever it was. */
function put(name, well, at = Infinity) {
  if (well === "filters") return filter(filterUrl(name));
  const params = state();
  const kind = well === "measures" ? "measures" : "level";
  for (const other of kind === "level" ? AXES : ["measures"]) {
    const names = listed(params, other), from = names.indexOf(name);
    if (from < 0) continue;
    if (other === well && from < at) at -= 1;
    names.splice(from, 1);
    write(params, other, names);
  }
  const names = listed(params, well);
  names.splice(Math.min(at, names.length), 0, name);
  write(params, well, names);
  return ask(params, `${well}-${name.replace(":", "-")}`);
}

function takeOut(name, well) {
  const params = state(), names = listed(params, well);
  const left = names.filter((each) => each !== name && !(well === "measures" && each.split(":")[0] === name));
  if (well === "measures" && !left.length) return null; // a table shows something
  write(params, well, left);
  return ask(params, null);
}

function shift(chip, by) {
  const { well, name } = chip.dataset, names = listed(state(), well), at = names.indexOf(name);
  const to = at + by;
  if (to < 0 || to >= names.length) return null;
  return put(name, well, by > 0 ? to + 1 : to);
}

const cross = (chip) => (AXES.includes(chip.dataset.well) ? put(chip.dataset.name, AXES.find((axis) => axis !== chip.dataset.well)) : null);

const moves = {
  rows: (chip) => put(chip.dataset.name, "rows"),
  columns: (chip) => put(chip.dataset.name, "columns"),
  before: (chip) => shift(chip, -1),
  after: (chip) => shift(chip, 1),
  out: (chip) => takeOut(chip.dataset.name, chip.dataset.well),
};

// ---- Filters ---------------------------------------------------------------
function filterUrl(level) {
  return pivot().querySelector(`[data-field][data-name="${CSS.escape(level)}"] [data-filter]`)?.href;
}

async function filter(url) {
  if (!url) return;
  loopline.closeMenus();
  const dialog = document.getElementById("pivot-filter");
  await htmx.ajax("GET", url, { target: "#pivot-filter", swap: "innerHTML" });
  if (dialog.isConnected && dialog.querySelector("form") && !dialog.open) dialog.showModal();
  dialog.querySelector("[data-member-search]")?.focus();
}

const fits = (element, text) => element.textContent.toLowerCase().includes(text.trim().toLowerCase());

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-member-search]")) {
    for (const member of event.target.closest("form").querySelectorAll("[data-member]")) {
      member.hidden = !fits(member, event.target.value) && !member.querySelector(":checked");
    }
  }
  if (event.target.matches("[data-field-search]")) narrowFields(event.target.value);
});

function narrowFields(text) {
  for (const group of document.querySelectorAll("[data-field-group]")) {
    const fields = [...group.querySelectorAll("[data-field]")];
    fields.forEach((field) => { field.hidden = !fits(field, text); });
    group.hidden = fields.every((field) => field.hidden);
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("#pivot-filter [data-filter-form]");
  if (!form) return;
  event.preventDefault();
  go(`${form.getAttribute("action")}?${new URLSearchParams(new FormData(form))}`);
});

// ---- Clicks ----------------------------------------------------------------
document.addEventListener("click", (event) => {
  const at = (where) => event.target.closest(where);
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const move = at("[data-move]"), button = at("[data-put]"), link = at("#pivot [data-filter]"), close = at("#pivot-filter [data-close-filter]");
  if (move) moves[move.dataset.move](move.closest("[data-chip]"));
  else if (button) pressPut(button);
  else if (link) { event.preventDefault(); filter(link.href); }
  else if (close) { event.preventDefault(); document.getElementById("pivot-filter").close(); }
});

function pressPut(button) {
  const { name } = button.closest("[data-field]").dataset, well = button.dataset.put;
  const is = button.getAttribute("aria-pressed") === "true";
  const answer = is ? takeOut(name, well) : put(name, well);
  if (answer) wanted = button.id;
}

// ---- Keys ------------------------------------------------------------------
const chipKeys = {
  ArrowLeft: (chip) => shift(chip, -1), ArrowRight: (chip) => shift(chip, 1),
  ArrowUp: cross, ArrowDown: cross,
  Delete: moves.out, Backspace: moves.out,
  Enter: (chip) => { chip.querySelector("summary").click(); return true; },
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const chip = event.target.matches?.("[data-chip]") ? event.target : null;
  if (chip && chipKeys[event.key]) { event.preventDefault(); chipKeys[event.key](chip); }
  if (event.target.closest?.("[data-grid]") && event.key.startsWith("Arrow")) walk(event);
});

/** Arrow keys go from cell to cell of the table. */
function walk(event) {
  const cell = event.target.closest("td, th"), row = cell.parentElement;
  const to = { ArrowLeft: cell.previousElementSibling, ArrowRight: cell.nextElementSibling,
    ArrowUp: row.previousElementSibling?.cells[cell.cellIndex], ArrowDown: row.nextElementSibling?.cells[cell.cellIndex] }[event.key];
  const target = to?.querySelector("button, a");
  if (!target) return;
  event.preventDefault();
  target.focus({ preventScroll: true });
  to.scrollIntoView({ block: "nearest", inline: "nearest" });
}

// ---- Dragging --------------------------------------------------------------
let carried = null; // { name, kind, well } under way

function carry(from) {
  const isChip = from.hasAttribute("data-chip");
  const well = isChip ? from.dataset.well : "";
  const kind = (isChip ? well === "measures" : from.dataset.field === "measure") ? "measure" : "level";
  carried = { name: from.dataset.name, kind, well };
  pivot().classList.add("is-dragging", `drags-${kind}`);
}

function letGo() {
  carried = null;
  pivot()?.classList.remove("is-dragging", "drags-measure", "drags-level");
  document.querySelectorAll(".is-over").forEach((each) => each.classList.remove("is-over"));
  document.querySelectorAll(".drop-before").forEach((each) => each.classList.remove("drop-before"));
}

function takes(well) {
  if (!carried) return false;
  return carried.kind === "measure" ? well === "measures" : well !== "measures";
}

/** Where in a well a point is: the place of the first chip whose middle is behind it. */
function placeIn(well, x, y) {
  const chips = [...well.querySelectorAll("[data-chip]")];
  const at = chips.findIndex((chip) => {
    const box = chip.getBoundingClientRect();
    return y < box.top || (y <= box.bottom && x < box.left + box.width / 2);
  });
  return { at: at < 0 ? chips.length : at, before: chips[at] };
}

function over(element, x, y) {
  const well = element?.closest?.("[data-drop]");
  document.querySelectorAll(".is-over").forEach((each) => each.classList.toggle("is-over", each === well));
  document.querySelectorAll(".drop-before").forEach((each) => each.classList.remove("drop-before"));
  if (!well || !takes(well.dataset.drop)) return null;
  well.classList.add("is-over");
  placeIn(well, x, y).before?.classList.add("drop-before");
  return well;
}

function drop(element, x, y) {
  const well = over(element, x, y), { name, well: from } = carried;
  if (well) put(name, well.dataset.drop, placeIn(well, x, y).at);
  else if (from && !element?.closest?.("[data-drop]")) takeOut(name, from);
  letGo();
}

document.addEventListener("dragstart", (event) => {
  const from = event.target.closest?.("#pivot [draggable=true]");
  if (!from) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", from.dataset.name);
  carry(from);
});
document.addEventListener("dragover", (event) => {
  if (!carried) return;
  const well = over(event.target, event.clientX, event.clientY);
  const outside = carried.well && !event.target.closest?.("[data-drop]");
  if (well || outside) { event.preventDefault(); event.dataTransfer.dropEffect = "move"; }
});
document.addEventListener("drop", (event) => {
  if (!carried) return;
  event.preventDefault();
  drop(event.target, event.clientX, event.clientY);
});
document.addEventListener("dragend", letGo);

// A finger has no drag of its own: a long press begins one.
let press = null; // { timer, x, y, from, ghost } of the finger that is down

function endPress() {
  if (!press) return;
  clearTimeout(press.timer);
  press.ghost?.remove();
  press = null;
}

function lift() {
  carry(press.from);
  press.ghost = press.from.cloneNode(true);
  press.ghost.removeAttribute("id");
  press.ghost.classList.add("pivot-ghost");
  document.body.append(press.ghost);
  follow(press.x, press.y);
  document.getElementById("pivot-fields").hidePopover?.();
}

function follow(x, y) {
  // Styles set through the object model are not inline styles: the policy allows them.
  press.ghost.style.left = `${x}px`;
  press.ghost.style.top = `${y}px`;
}

document.addEventListener("pointerdown", (event) => {
  const from = event.target.closest?.("#pivot [draggable=true]");
  if (!from || event.pointerType === "mouse" || event.target.closest("[data-put], [data-filter], .pivot-out")) return;
  endPress();
  press = { from, x: event.clientX, y: event.clientY, timer: setTimeout(lift, LONG_PRESS), ghost: null };
});
document.addEventListener("pointermove", (event) => {
  if (!press) return;
  const { ghost, x, y } = press;
  if (!ghost) { if (Math.hypot(event.clientX - x, event.clientY - y) > SLIP) endPress(); return; }
  follow(event.clientX, event.clientY);
  over(document.elementFromPoint(event.clientX, event.clientY), event.clientX, event.clientY);
});
document.addEventListener("pointerup", (event) => {
  if (press?.ghost) {
    press.ghost.remove();
    drop(document.elementFromPoint(event.clientX, event.clientY), event.clientX, event.clientY);
  }
  endPress();
});
// A mouse that begins a drag of the browser is cancelled as a pointer, too: only a finger lets go then.
document.addEventListener("pointercancel", () => { if (press?.ghost) letGo(); endPress(); });
document.addEventListener("touchmove", (event) => { if (press?.ghost) event.preventDefault(); }, { passive: false });
document.addEventListener("contextmenu", (event) => { if (press) event.preventDefault(); });

// ---- Around each swap: what one was looking at stays where it was -------------
let before = null;

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target !== pivot()) return;
  const fields = document.getElementById("pivot-fields");
  before = {
    fields: fields.scrollTop, sideways: pivot().querySelector(".pivot-scroll")?.scrollLeft || 0,
    search: fields.querySelector("[data-field-search]").value, open: fields.matches(":popover-open"),
    focus: wanted || document.activeElement?.id,
  };
  wanted = null;
});

document.addEventListener("htmx:afterSwap", () => {
  if (!before || !pivot()) return;
  const fields = document.getElementById("pivot-fields"), search = fields.querySelector("[data-field-search]");
  if (before.search) { search.value = before.search; narrowFields(before.search); }
  if (before.open) fields.showPopover();
  fields.scrollTop = before.fields;
  const table = pivot().querySelector(".pivot-scroll");
  if (table) table.scrollLeft = before.sideways;
  const focus = before.focus && document.getElementById(before.focus);
  if (focus) focus.focus({ preventScroll: true });
  tell(focus);
  const kept = document.querySelector(".view-save [data-query]");
  if (kept) kept.value = pivot().dataset.query;
  before = null;
});

/** Where a field came to stand, for those who do not see it. */
function tell(chip) {
  if (!(chip instanceof Element) || !chip.matches("[data-chip]")) return;
  const well = chip.closest("[data-drop]"), chips = [...well.querySelectorAll("[data-chip]")];
  pivot().querySelector("[data-say]").textContent = `${chip.querySelector("summary").textContent.trim()}: ${well.getAttribute("aria-label")}, ${chips.indexOf(chip) + 1}/${chips.length}`;
}
