// Menus, drawer, dialogs, toasts and what htmx needs. Everything hangs on data- attributes and on the document,
// so parts that htmx swaps in need no set-up of their own.
(() => {
  const words = document.body.dataset;
  const root = document.documentElement;

  // ---- Toasts -------------------------------------------------------------
  /** Say something in passing. undoUrl: posting there takes the act back. */
  function toast(text, { tone = "good", undoUrl = "" } = {}) {
    const note = document.createElement("div");
    note.className = `toast-note is-${tone}`;
    note.dataset.toast = "";
    const said = document.createElement("span");
    said.className = "toast-text";
    said.textContent = text;
    note.append(said);
    if (undoUrl) note.append(button("toast-undo", words.wordUndo, { undo: undoUrl }));
    const close = button("toast-close", "×");
    close.setAttribute("aria-label", words.wordClose);
    note.append(close);
    document.getElementById("toasts").append(note);
    expire(note);
  }

  function button(kind, text, data = {}) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = kind;
    made.textContent = text;
    Object.assign(made.dataset, data);
    return made;
  }

  function expire(note) {
    // A toast with an undo stays longer; while the pointer or the focus is on it, it stays.
    const life = note.querySelector("[data-undo]") ? 12000 : 6000;
    const leave = () => (note.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : note.remove());
    setTimeout(leave, life);
  }

  // ---- Menus, drawer, dialogs ---------------------------------------------
  function closeMenus(except) {
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (menu !== except && !menu.contains(except)) menu.open = false;
    });
  }

  function setDrawer(open) {
    root.classList.toggle("has-drawer", open);
    document.querySelector(".drawer-shade").hidden = !open;
    if (open) document.querySelector(".sidebar .nav-item")?.focus();
    else document.querySelector(".drawer-open")?.focus();
  }

  function showTheme() {
    document.querySelectorAll("[data-set-theme]").forEach((choice) => {
      choice.setAttribute("aria-pressed", String(choice.dataset.setTheme === root.dataset.themeChoice));
    });
  }

  const clicks = {
    "[data-set-theme]": (at) => { loopline.keep("loopline-theme", at.dataset.setTheme); showTheme(); },
    "[data-fold]": () => loopline.keep("loopline-menu", root.classList.contains("is-folded") ? "open" : "folded"),
    "[data-drawer]": () => setDrawer(!root.classList.contains("has-drawer")),
    "[data-close]": (at) => at.closest("dialog").close(),
    "[data-close-menu]": (at) => { at.closest("details").open = false; },
    "[data-undo]": (at) => { at.closest("[data-toast]").remove(); htmx.ajax("POST", at.dataset.undo, { swap: "none" }); },
    ".toast-close": (at) => at.closest("[data-toast]").remove(),
    "[data-copy]": (at) => navigator.clipboard?.writeText(at.dataset.copy).then(() => toast(words.wordCopied)),
    "[data-back]": () => history.back(),
    "[data-help]": () => loopline.help(),
    "[data-palette-open]": (at) => { at.blur(); loopline.palette(); },
  };

  document.addEventListener("click", (event) => {
    closeMenus(event.target.closest("details.menu"));
    if (event.target instanceof HTMLDialogElement) event.target.close(); // the shade around a dialog
    for (const [where, act] of Object.entries(clicks)) {
      const at = event.target.closest(where);
      if (at) return act(at);
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details.menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
    else if (root.classList.contains("has-drawer")) setDrawer(false);
  });

  // ---- What the server says through htmx ----------------------------------
  // HX-Trigger: {"toast": {"text": "…", "tone": "good", "undo": "/…"}}
  document.addEventListener("toast", (event) => toast(event.detail.text, { tone: event.detail.tone, undoUrl: event.detail.undo }));
  document.addEventListener("htmx:sendError", () => toast(words.wordOffline, { tone: "bad" }));
  document.addEventListener("htmx:responseError", (event) => {
    const answer = event.detail.xhr;
    if (answer.status === 401) return location.reload(); // signed out meanwhile: the page leads to the sign-in
    if (event.target.closest?.("#palette")) return; // the commands stay; only the search is missing
    // A refusal comes as the error page: its sentence and its code are what is to be said here.
    const page = new DOMParser().parseFromString(answer.responseText, "text/html");
    const text = page.querySelector(".error-what")?.textContent.trim() || words.wordFailed;
    const code = page.querySelector("[data-copy]")?.dataset.copy;
    toast(code ? `${text} ${words.wordCode} ${code}` : text, { tone: "bad" });
  });

  Object.assign(loopline, { toast, closeMenus });
  document.querySelectorAll("[data-toast]").forEach(expire);
  showTheme();
})();
