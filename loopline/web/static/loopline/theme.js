// Light or dark and the folded menu, set before the first paint. Loaded in the head, without defer.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const kept = (key) => { try { return localStorage.getItem(key); } catch { return null; } };

  function apply() {
    const choice = kept("loopline-theme") || "auto";
    root.dataset.bsTheme = choice === "auto" ? (dark.matches ? "dark" : "light") : choice;
    root.dataset.themeChoice = choice;
    root.classList.toggle("is-folded", kept("loopline-menu") === "folded");
  }

  apply();
  dark.addEventListener("change", apply);
  window.loopline = {
    keep(key, value) {
      try { localStorage.setItem(key, value); } catch { /* this window keeps nothing */ }
      apply();
      if (key === "loopline-theme") document.dispatchEvent(new CustomEvent("loopline:theme"));
    },
  };
})();
