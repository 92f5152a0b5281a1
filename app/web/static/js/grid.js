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
