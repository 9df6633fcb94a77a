// Drafts that survive, forms that are sent once, and files that are dropped.
(() => {
  const words = document.body.dataset;
  const place = (form) => `loopline-draft:${location.pathname}:${form.dataset.draft}`;
  const kept = (form) => [...form.elements].filter((field) => field.name && !["password", "file", "hidden", "submit"].includes(field.type));

  function remember(form) {
    const entries = kept(form).map((field) => [field.name, field.value, field.checked ?? null]);
    sessionStorage.setItem(place(form), JSON.stringify(entries));
  }

  function restore(form) {
    const draft = JSON.parse(sessionStorage.getItem(place(form)) || "null");
    if (!draft || form.querySelector(".has-error")) return; // the server gave the entries back itself
    let changed = false;
    for (const [name, value, checked] of draft) {
      const fields = kept(form).filter((field) => field.name === name);
      const field = fields.length > 1 ? fields.find((one) => one.value === value) : fields[0];
      if (!field) continue;
      if (["checkbox", "radio"].includes(field.type)) { changed ||= field.checked !== checked; field.checked = checked; }
      else if (field.value !== value) { field.value = value; changed = true; }
    }
    if (changed) loopline.toast(words.wordDraft, { tone: "info" });
  }

  // A refused form comes back with what was typed: the page fills it in, shows it, and goes to the field at fault.
  function retype(form) {
    const typed = JSON.parse(form.dataset.typed);
    for (const field of kept(form)) {
      const values = typed.filter(([name]) => name === field.name).map(([, value]) => value);
      if (["checkbox", "radio"].includes(field.type)) field.checked = values.includes(field.value);
      else if (values.length) field.value = values[0];
    }
    const wrong = [...form.elements].find((field) => field.name && field.name === form.dataset.refused);
    wrong?.setAttribute("aria-invalid", "true");
    (wrong ?? form).scrollIntoView({ block: "center" });
    wrong?.focus({ preventScroll: true });
  }

  document.querySelectorAll("form[data-typed]").forEach(retype);
  document.querySelectorAll("form[data-draft]").forEach(restore);
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-draft]");
    if (form) remember(form);
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.draft) sessionStorage.removeItem(place(form));
    if (form.hasAttribute("data-sign-out")) sessionStorage.clear();
    if (form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
    form.classList.add("is-sending");
  });
  // Coming back through the browser's history finds the form usable again.
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    form.classList.remove("is-sending");
  }));

  // ---- Files -------------------------------------------------------------------
  const zoneAt = (event) => event.target.closest?.("[data-drop]");
  for (const [name, over] of [["dragenter", true], ["dragover", true], ["dragleave", false], ["drop", false]]) {
    document.addEventListener(name, (event) => {
      const zone = zoneAt(event);
      if (!zone) return;
      event.preventDefault();
      zone.classList.toggle("is-over", over);
    });
  }
  document.addEventListener("drop", (event) => {
    const zone = zoneAt(event);
    if (!zone || !event.dataTransfer.files.length) return;
    const input = zone.querySelector("input");
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  document.addEventListener("change", (event) => {
    const zone = zoneAt(event);
    const file = event.target.files?.[0];
    if (!zone || !file) return;
    const name = zone.querySelector(".drop-name");
    name.textContent = `${file.name} · ${new Intl.NumberFormat(document.documentElement.lang).format(Math.ceil(file.size / 1024))} KB`;
    name.hidden = false;
    zone.classList.add("has-file");
  });
})();
