// One stream from the server for this page; parts with data-push="topic" fetch themselves again when the topic is named.
(() => {
  const url = document.querySelector('meta[name="loopline-push"]')?.content;
  if (!url) return;
  let stream = null;

  function refresh(topic) {
    document.querySelectorAll("[data-push]").forEach((part) => {
      if (part.dataset.push.split(" ").includes(topic)) htmx.trigger(part, "push");
    });
  }

  function heard(event) {
    const told = JSON.parse(event.data);
    if (told.topic) refresh(told.topic);
    if (told.toast) loopline.toast(told.toast.text, { tone: told.toast.tone, undoUrl: told.toast.undo });
  }

  function open() {
    if (stream) return;
    stream = new EventSource(url);
    stream.onmessage = heard;
  }

  function close() {
    stream?.close();
    stream = null;
  }

  // A browser holds six connections to a host under HTTP/1.1, so only a page that is looked at keeps its stream.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return close();
    open();
    document.querySelectorAll("[data-push]").forEach((part) => htmx.trigger(part, "push"));
  });
  addEventListener("pagehide", close);
  document.addEventListener("submit", (event) => { if (event.target.hasAttribute("data-sign-out")) close(); });
  if (!document.hidden) open();
})();
