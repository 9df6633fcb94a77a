// The page of a receipt that was asked for by Print opens the printer's dialogue by itself.
window.addEventListener("load", () => window.print());
