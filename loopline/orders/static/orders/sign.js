// A box to sign in with finger, pen or mouse. What was drawn goes with the form as a small PNG.
for (const form of document.querySelectorAll("[data-sign]")) {
  const canvas = form.querySelector("canvas"), pen = canvas.getContext("2d");
  let drawn = false;
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * canvas.width) / box.width, ((event.clientY - box.top) * canvas.height) / box.height];
  };
  const clear = () => { pen.clearRect(0, 0, canvas.width, canvas.height); drawn = false; };
  pen.lineWidth = 5; pen.lineCap = pen.lineJoin = "round"; pen.strokeStyle = "#000";
  canvas.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    pen.beginPath(); pen.moveTo(...at(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) pen.lineTo(...at(each));
    pen.stroke(); drawn = true;
  });
  form.querySelector("[data-clear]").addEventListener("click", clear);
  form.addEventListener("submit", () => { form.elements.signature.value = drawn ? canvas.toDataURL("image/png") : ""; });
}
