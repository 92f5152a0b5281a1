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
