// Enhancements for every page. Each page works without this file.
const on = (type, selector, act) =>
  document.addEventListener(type, (event) => {
    const hit = event.target.closest?.(selector);
    if (hit) act(hit, event);
  });

// Dialogs: <button data-opens="id">; a click on the backdrop closes.
on("click", "[data-opens]", (button) => document.getElementById(button.dataset.opens)?.showModal());
on("click", "dialog", (dialog, event) => { if (event.target === dialog) dialog.close(); });

// Side sheet: focus goes in, Escape and the cross lead back to where it was opened.
let opener = null;
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target?.id === "side") opener = event.detail.elt;
});
document.addEventListener("htmx:afterSettle", (event) => {
  event.target.querySelector?.("[data-sheet] h2")?.focus();
  event.target.querySelector?.("[data-focus]")?.focus();
});
const closeSheet = (sheet) => {
  sheet.remove();
  opener?.focus();
};
on("click", "[data-sheet] [data-close]", (link, event) => {
  if (!opener) return; // opened as a page: the link leads back
  event.preventDefault();
  closeSheet(link.closest("[data-sheet]"));
});
document.addEventListener("keydown", (event) => {
  const sheet = document.querySelector("[data-sheet]");
  if (event.key !== "Escape" || !sheet || document.querySelector("dialog[open]")) return;
  if (opener) closeSheet(sheet);
  else sheet.querySelector("[data-close]")?.click();
});

// Messages leave after 12 s unless they offer something or are being read.
const fade = (flash) => {
  if (flash.querySelector("a, button")) return;
  setTimeout(() => flash.matches(":hover, :focus-within") || flash.remove(), 12000);
};
document.querySelectorAll("[data-flash]").forEach(fade);
document.addEventListener("htmx:load", (event) =>
  event.target.querySelectorAll?.("[data-flash]").forEach(fade));

// Light, dark or as the device: kept in a cookie so that the server sends the right page.
on("change", "[data-mode-choice]", (input) => {
  const mode = input.value;
  document.cookie = `mode=${mode};path=/;max-age=31536000;samesite=lax`;
  if (mode === "auto") delete document.documentElement.dataset.mode;
  else document.documentElement.dataset.mode = mode;
});

// A form that answers its own changes (filters, the need bar): <form data-auto>.
on("change", "form[data-auto] select", (select) => select.form.requestSubmit());

document.querySelector("[data-focus]")?.focus();

on("click", "[data-copy]", (button) => navigator.clipboard?.writeText(button.dataset.copy));
on("click", "[data-step]", (button) => {
  const input = button.parentElement.querySelector("input");
  if (Number(button.dataset.step) > 0) input.stepUp(); else input.stepDown();
  input.dispatchEvent(new Event("change", { bubbles: true }));
});

// Appearance: the picker and the hex field follow each other, the slider says its figure.
on("input", "[data-mirror]", (picker) => {
  const field = document.getElementById(picker.dataset.mirror);
  field.value = picker.value;
  field.dispatchEvent(new Event("change", { bubbles: true }));
});
on("input", "input[type=range]", (range) => {
  const output = range.parentElement.querySelector("output");
  if (output) output.value = `${range.value} ${output.dataset.unit}`;
});

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
