// What the server tells while a page stands open: {"topic": "…"} makes every part with data-push="topic" fetch itself
// again, {"toast": {"text": "…", "tone": "…", "undo": "/…"}} is said in passing.
(() => {
  const url = document.querySelector('meta[name="loopline-push"]')?.content;
  if (!url) return;

  function heard(told) {
    if (told.topic) {
      document.querySelectorAll("[data-push]").forEach((part) => {
        if (part.dataset.push.split(" ").includes(told.topic)) htmx.trigger(part, "push");
      });
    }
    if (told.toast) loopline.toast(told.toast.text, { tone: told.toast.tone, undoUrl: told.toast.undo });
  }

  // A browser holds six connections to a host under HTTP/1.1: all its pages share one stream through a worker.
  function throughWorker() {
    const worker = new SharedWorker(document.querySelector('meta[name="loopline-push-worker"]').content);
    worker.port.onmessage = (event) => heard(event.data);
    worker.port.postMessage({ open: url });
    addEventListener("pagehide", () => worker.port.postMessage({ leave: true }));
    addEventListener("pageshow", (event) => { if (event.persisted) worker.port.postMessage({ open: url }); });
    return () => worker.port.postMessage({ close: true });
  }

  // Where there are no shared workers (phones), the page in sight has the stream.
  function alone() {
    let stream = null;
    const close = () => { stream?.close(); stream = null; };
    const open = () => {
      if (stream || document.hidden) return;
      stream = new EventSource(url, { withCredentials: true }); // it leads to the port of the push process
      stream.onmessage = (event) => heard(JSON.parse(event.data));
    };
    document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
    addEventListener("pagehide", close);
    open();
    return close;
  }

  const close = window.SharedWorker ? throughWorker() : alone();
  document.addEventListener("submit", (event) => { if (event.target.hasAttribute("data-sign-out")) close(); });
})();
