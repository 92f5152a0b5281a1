// Enhancements for staff pages, on top of app.js. Each page works without this file.
const on = (type, selector, act) =>
  document.addEventListener(type, (event) => {
    const hit = event.target.closest?.(selector);
    if (hit) act(hit, event);
  });

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

// Ctrl K goes to the search field, `n` to the page's main action, `/` to the search too.
const typing = (element) => element.closest?.("input, textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  const find = document.querySelector("[data-palette]");
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && find) {
    event.preventDefault();
    find.focus();
    find.select();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "/" && find) {
    event.preventDefault();
    find.focus();
    return;
  }
  const action = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!action) return;
  event.preventDefault();
  action.click();
});

// One tab stop a room on the day's timeline; arrows walk the bookings in two axes.
const links = (room) => [...room.querySelectorAll(".day-name a, .day-track a")];

function ready(day) {
  for (const room of day.querySelectorAll(".day-room")) {
    links(room).forEach((link, at) => { link.tabIndex = at ? -1 : 0; });
  }
}

const middle = (link) => {
  const box = link.getBoundingClientRect();
  return box.left + box.width / 2;
};

function beside(day, room, link, down) {
  const rooms = [...day.querySelectorAll(".day-room")];
  const next = rooms[rooms.indexOf(room) + down];
  if (!next) return null;
  const all = links(next);
  if (link === links(room)[0]) return all[0];
  const near = all.slice(1).sort(
    (a, b) => Math.abs(middle(a) - middle(link)) - Math.abs(middle(b) - middle(link)));
  return near[0] ?? all[0];
}

document.addEventListener("keydown", (event) => {
  const day = event.target.closest?.("[data-timeline]");
  const link = event.target.closest?.("a");
  const room = link?.closest(".day-room");
  if (!day || !room) return;
  const all = links(room);
  const at = all.indexOf(link);
  const next = {
    ArrowRight: () => all[at + 1],
    ArrowLeft: () => all[at - 1],
    ArrowDown: () => beside(day, room, link, 1),
    ArrowUp: () => beside(day, room, link, -1),
    Home: () => all[0],
    End: () => all.at(-1),
  }[event.key]?.();
  if (!next) return;
  event.preventDefault();
  next.focus();
});

document.querySelectorAll("[data-timeline]").forEach(ready);
document.addEventListener("htmx:load", (event) => {
  const near = event.target.closest?.("[data-timeline]");
  if (near) ready(near);
  event.target.querySelectorAll?.("[data-timeline]").forEach(ready);
});

// A refresh waits while somebody walks inside what it would replace.
document.addEventListener("htmx:beforeSwap", (event) => {
  const part = event.detail.target;
  if (part.matches?.("[data-keep-focus]") && part.contains(document.activeElement)) {
    event.detail.shouldSwap = false;
  }
});
