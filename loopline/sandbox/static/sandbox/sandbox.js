// The editor: Ctrl-Enter asks, a click on a name puts it where the caret is, a fault's place is shown by the caret.
(() => {
  const editor = document.querySelector(".sql-editor");
  if (!editor) return;
  const at = Number(editor.dataset.at);
  if (at >= 0) {
    editor.focus();
    const word = editor.value.slice(at).match(/^\w+|^\S/)?.[0].length ?? 0;
    editor.setSelectionRange(at, at + word);
  }
  editor.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      editor.form.requestSubmit();
    }
  });
  document.addEventListener("click", (event) => {
    const word = event.target.closest("[data-insert]")?.dataset.insert;
    if (!word) return;
    editor.focus();
    editor.setRangeText(word, editor.selectionStart, editor.selectionEnd, "end");
  });
})();
