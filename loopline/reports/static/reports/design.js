// The order of sections: dragged, or moved by their buttons; the whole new order is sent.
(() => {
  const list = document.querySelector("[data-order]");
  if (!list) return;
  const items = () => [...list.children];
  let dragged = null;

  function send() {
    const form = Object.assign(document.createElement("form"), { method: "post", action: list.dataset.order });
    const values = {
      csrfmiddlewaretoken: JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"],
      back: location.pathname, order: items().map((item) => item.dataset.place).join(","),
    };
    for (const [name, value] of Object.entries(values)) {
      form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    }
    document.body.append(form);
    form.submit();
  }

  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    const item = button.closest("li"), by = Number(button.dataset.move);
    if (by === 0) item.remove();
    else if (by < 0) item.previousElementSibling?.before(item);
    else item.nextElementSibling?.after(item);
    send();
  });
  list.addEventListener("dragstart", (event) => { dragged = event.target.closest("li"); event.dataTransfer.effectAllowed = "move"; });
  list.addEventListener("dragover", (event) => {
    const over = event.target.closest("li");
    if (!dragged || !over) return;
    event.preventDefault();
    items().forEach((item) => item.classList.toggle("is-over", item === over && item !== dragged));
  });
  list.addEventListener("drop", (event) => {
    const over = event.target.closest("li");
    event.preventDefault();
    if (!dragged || !over || over === dragged) return;
    if (items().indexOf(dragged) < items().indexOf(over)) over.after(dragged);
    else over.before(dragged);
    send();
  });
  list.addEventListener("dragend", () => { dragged = null; items().forEach((item) => item.classList.remove("is-over")); });
})();
