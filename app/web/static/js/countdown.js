// What is left of a time that is kept: <span data-left="840">(14:00)</span>. At its end the page is asked
// again; a form that must not lose what was typed says so instead (data-over).
const start = performance.now();
document.querySelectorAll("[data-left]").forEach((shown) => {
  const whole = Number(shown.dataset.left);
  const tick = setInterval(() => {
    const left = Math.max(0, Math.round(whole - (performance.now() - start) / 1000));
    shown.textContent = `(${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")})`;
    if (left) return;
    clearInterval(tick);
    if (shown.dataset.over) {
      shown.textContent = shown.dataset.over;
      return;
    }
    setTimeout(() => location.reload(), 1500);
  }, 1000);
});
