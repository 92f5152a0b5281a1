// Enhancements for every page. Each page works without this file.
const on = (type, selector, act) =>
  document.addEventListener(type, (event) => {
    const hit = event.target.closest?.(selector);
    if (hit) act(hit, event);
  });

// Dialogs: <button data-opens="id">; a click on the backdrop closes.
on("click", "[data-opens]", (button) => document.getElementById(button.dataset.opens)?.showModal());
on("click", "dialog", (dialog, event) => { if (event.target === dialog) dialog.close(); });

// Messages leave after 12 s unless they offer something or are being read.
const fade = (flash) => {
  if (flash.querySelector("a, button")) return;
  setTimeout(() => flash.matches(":hover, :focus-within") || flash.remove(), 12000);
};
document.querySelectorAll("[data-flash]").forEach(fade);
document.addEventListener("htmx:load", (event) =>
  event.target.querySelectorAll?.("[data-flash]").forEach(fade));

// A form that answers its own changes (filters, the need bar): <form data-auto>.
on("change", "form[data-auto] select", (select) => select.form.requestSubmit());

document.querySelector("[data-focus]")?.focus();

on("click", "[data-copy]", (button) => navigator.clipboard?.writeText(button.dataset.copy));
on("click", "[data-print]", () => print());

// What must be ticked says so in its place, before anything is sent: data-must="the sentence".
function unticked(box) {
  const said = box.closest("label").parentElement;
  if (!said.querySelector(".field-error")) {
    const words = document.createElement("p");
    words.className = "field-error";
    words.id = `${box.id}-error`;
    words.textContent = box.dataset.must;
    said.append(words);
    box.setAttribute("aria-invalid", "true");
    box.setAttribute("aria-describedby", words.id);
  }
  box.focus({ preventScroll: true });
  said.scrollIntoView({ block: "center" });
}
document.addEventListener("submit", (event) => {
  const box = [...event.target.elements].find((e) => e.dataset.must && !e.checked);
  if (box) {
    event.preventDefault();
    unticked(box);
    return;
  }
  // A button that waits shows it, after 300 ms (CSS); coming back finds it at rest.
  if (!event.defaultPrevented) event.submitter?.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () =>
  document.querySelectorAll("[aria-busy=true]").forEach((e) => e.removeAttribute("aria-busy")));

// Two-axis arrows on the price grid: radios alone know only the order of the document.
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

const radio = (row, column) => row.cells[column]?.querySelector("input");

function target(input, key, event) {
  const cell = input.closest("td");
  const row = cell.parentElement;
  const rows = [...row.parentElement.rows];
  if (key === "Home" || key === "End") {
    const line = event.ctrlKey ? rows.flatMap((r) => [...r.cells]) : [...row.cells];
    const found = line.map((c) => c.querySelector("input")).filter(Boolean);
    return key === "Home" ? found[0] : found.at(-1);
  }
  const [down, right] = MOVES[key];
  let y = rows.indexOf(row) + down;
  let x = cell.cellIndex + right;
  while (rows[y] && rows[y].cells[x]) {
    const next = radio(rows[y], x);
    if (next && !next.disabled) return next;
    y += down;
    x += right;
  }
  return null;
}

// An hour that was chosen before the scripts were there is asked for now.
document.addEventListener("DOMContentLoaded", () => {
  const early = document.querySelector("[data-grid] input:checked");
  if (early && !early.defaultChecked) early.dispatchEvent(new Event("change", { bubbles: true }));
});

document.addEventListener("keydown", (event) => {
  if (!(event.key in MOVES) && event.key !== "Home" && event.key !== "End") return;
  const input = event.target.closest?.("[data-grid] input[type=radio]");
  if (!input || event.altKey || event.metaKey) return;
  event.preventDefault();
  const next = target(input, event.key, event);
  if (!next) return;
  next.focus();
  next.checked = true;
  next.dispatchEvent(new Event("change", { bubbles: true }));
});
