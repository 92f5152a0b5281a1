// The door of an event. What a phone notes is kept on it until the venue has it: the network may be
// away for hours. The list of tickets is fetched beforehand and kept beside it, names and hashes of
// codes only; signing out forgets it, never what is still to be sent.
const root = document.querySelector("[data-door]");
const { event: EVENT, list: LIST, send: SEND, csrf: CSRF, name: DOOR } = root.dataset;
const QUEUE = `door-queue-${EVENT}`;
const KEPT = "mine-1"; // the same copies that signing out drops (sw.js)
const AGAIN = 4000; // the same code in front of the camera is the same moment
const say = JSON.parse(document.getElementById("door-words").textContent);

const at = (name) => root.querySelector(`[data-${name}]`);
const device = (localStorage["door-device"] ||= crypto.randomUUID());

// ── what is still to be sent ────────────────────────────────────────────────────────────────
const queue = () => JSON.parse(localStorage[QUEUE] || "[]");
const keep = (passages) => (localStorage[QUEUE] = JSON.stringify(passages));

let list = { tickets: [], walked: [], count: { inside: 0, good: 0, left: 0 }, at: null };
let online = navigator.onLine;
let sending = false;
let cutAt = null;
let places = 0;
let ready = false;

const byId = (id) => list.tickets.find((one) => one.id === id);
const clock = (ms) => new Date(ms).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: root.dataset.zone });

// What this phone believes: the list, and on it what was noted here and not answered yet.
function believed(ticket) {
  const own = queue().filter((one) => one.ticket === ticket.id);
  const slips = new Set(own.filter((one) => one.kind === "slip").map((one) => one.undoes));
  if (ticket.entry && !slips.has(ticket.entry)) return { mark: ticket.entry, at: ticket.at, door: ticket.door };
  const first = own.filter((one) => one.kind === "in" && !slips.has(one.mark)).sort((a, b) => a.at - b.at)[0];
  return first ? { mark: first.mark, at: first.at, door: DOOR } : null;
}

// ── pictures of the state ───────────────────────────────────────────────────────────────────
function show() {
  const waiting = queue();
  const slips = new Set(waiting.filter((one) => one.kind === "slip").map((one) => one.undoes));
  const arrivals = waiting.filter((one) => one.kind === "in" && !slips.has(one.mark));
  const walked = arrivals.filter((one) => one.ticket === null).reduce((sum, one) => sum + one.people, 0);
  const again = arrivals.filter((one) => one.ticket !== null && one.reason).length;
  const first = new Set(arrivals.filter((one) => one.ticket !== null && !one.reason && !byId(one.ticket)?.entry).map((one) => one.ticket)).size;
  const gone = list.tickets.filter((one) => slips.has(one.entry)).length;
  const left = list.walked.filter((one) => slips.has(one.mark)).reduce((sum, one) => sum + one.n, 0);
  at("inside").textContent = list.count.inside + walked + again + first - gone - left;
  at("good").textContent = list.count.good;
  places = list.count.left - walked - again + left;
  at("left").textContent = say.left.replace("{n}", Math.max(0, places)).replace("{all}", root.dataset.capacity);
  at("net").className = online ? "door-net" : "door-net is-cut";
  at("net-words").textContent = online
    ? `${say.online.replace("{time}", list.at ? clock(list.at) : "…")}${ready && list.at ? say.ready : ""}`
    : say.offline.replace("{time}", clock(cutAt || Date.now())).replace("{n}", list.count.good);
  at("waiting").textContent = waiting.length ? say.waiting.replace("{n}", waiting.length) : "";
}

function line(when, name, what) {
  const li = document.createElement("li");
  const parts = [["num", clock(when)], ["grow break", name], ["muted small", what]].map(([cls, text]) =>
    Object.assign(document.createElement("span"), { className: cls, textContent: text }));
  parts[1].dir = "auto";
  li.append(...parts);
  return li;
}

function latest() {
  const waiting = queue();
  const slips = new Set(waiting.filter((one) => one.kind === "slip").map((one) => one.undoes));
  const came = list.tickets.map((one) => ({ one, came: believed(one) })).filter((row) => row.came)
    .map(({ one, came }) => [came.at, one.name, one.what]);
  const walked = list.walked.filter((one) => !slips.has(one.mark)).map((one) => [one.at, one.name, say.without]);
  const fresh = waiting.filter((one) => one.kind === "in" && one.ticket === null && !slips.has(one.mark))
    .map((one) => [one.at, one.name || `${one.people}`, say.without]);
  const rows = [...came, ...walked, ...fresh].sort((a, b) => b[0] - a[0]).slice(0, 8);
  if (rows.length) at("latest").replaceChildren(...rows.map((row) => line(...row)));
}

const ICONS = { valid: "circle-check", again: "triangle-alert", cancelled: "x", unknown: "circle-question-mark", undone: "undo-2" };
function card(kind, title, lines, buttons) {
  const box = at("result");
  box.hidden = false;
  box.className = `door-card is-${kind}`;
  const head = document.createElement("div");
  head.className = "door-verdict";
  const icon = document.querySelector(`[data-icon="${ICONS[kind]}"]`).content.cloneNode(true);
  const words = document.createElement("h2");
  words.textContent = title;
  head.append(icon, words);
  const facts = document.createElement("dl");
  for (const [label, value] of lines.filter((line) => line[1])) {
    const row = document.createElement("div");
    const dt = document.createElement("dt");
    const dd = document.createElement("dd");
    dt.textContent = label;
    dd.textContent = value;
    dd.dir = "auto";
    row.append(dt, dd);
    facts.append(row);
  }
  const acts = document.createElement("div");
  acts.className = "row";
  for (const [label, act, main] of buttons) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = main ? "btn btn--primary" : "btn";
    button.textContent = label;
    button.addEventListener("click", act);
    acts.append(button);
  }
  box.replaceChildren(head, facts, acts);
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(kind === "valid" ? 60 : [80, 60, 80]);
}
const next = () => { at("result").hidden = true; };

// ── noting ──────────────────────────────────────────────────────────────────────────────────
function add(passage) {
  const one = { mark: crypto.randomUUID(), at: Date.now(), ...passage };
  keep([...queue(), one]);
  show();
  latest();
  send();
  return one.mark;
}

function slip(ticket, mark) {
  add({ kind: "slip", ticket: ticket.id, undoes: mark });
  card("undone", say.undone, [[say.name, ticket.name]], []);
}

function letIn(ticket) {
  const reason = prompt(say.why)?.trim();
  if (!reason) return;
  add({ kind: "in", ticket: ticket.id, reason });
  card("valid", say.let_in, [[say.name, ticket.name], [say.because, reason]], []);
}

function arrive(ticket) {
  const facts = [[say.name, ticket.name], [say.ticket, ticket.what], [say.know, ticket.note]];
  if (ticket.cancelled) {
    card("cancelled", say.cancelled, facts, [[say.next, next, true]]);
    return;
  }
  const before = believed(ticket);
  if (before) {
    const door = before.door ? [say.by, before.door] : [];
    card("again", say.again.replace("{time}", clock(before.at)), [...facts, door],
      [[say.next, next, true], [say.anyway, () => letIn(ticket)], [say.undo, () => slip(ticket, before.mark)]]);
    return;
  }
  add({ kind: "in", ticket: ticket.id });
  const noted = believed(ticket);
  card("valid", say.valid, [...facts, [say.noted, clock(noted.at)]], [[say.undo, () => slip(ticket, noted.mark)]]);
}

const hex = (bytes) => [...new Uint8Array(bytes)].map((b) => b.toString(16).padStart(2, "0")).join("");
async function veiled(code) {
  const bytes = new TextEncoder().encode(`${list.uid}:${code}`);
  return hex(await crypto.subtle.digest("SHA-256", bytes)).slice(0, 20);
}

// A ticket's QR may be its address: the last word of it is the code.
const bare = (said) => said.trim().replace(/[?#].*$/, "").replace(/\/+$/, "").split("/").pop();
async function read(said) {
  await first; // the list may still be on its way
  if (!list.at) return card("unknown", say.no_list, [], [[say.next, next, true]]);
  const code = bare(said);
  for (const one of new Set([code, code.toUpperCase()])) {
    const hash = await veiled(one);
    const ticket = list.tickets.find((each) => each.hash === hash);
    if (ticket) return arrive(ticket);
  }
  return card("unknown", say.unknown, [[say.code, code.slice(0, 12)]], [[say.next, next, true]]);
}

// People without a ticket: noted here, offline too; beyond the capacity somebody has to say so.
at("walk-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const { personnes, nom } = event.target.elements;
  const people = Math.min(50, Math.max(1, Number.parseInt(personnes.value, 10) || 1));
  if (people > places && !confirm(say.full)) return;
  const mark = add({ kind: "in", ticket: null, people, name: nom.value.trim() });
  const taken = () => {
    add({ kind: "slip", ticket: null, undoes: mark });
    card("undone", say.undone, [], []);
  };
  card("valid", say.let_in, [[say.name, nom.value.trim()], [say.people, `${people}`]], [[say.undo, taken]]);
  event.target.reset();
});

// ── the network ─────────────────────────────────────────────────────────────────────────────
const cut = () => { if (online) cutAt = Date.now(); online = false; show(); };

// The venue's word, kept beside the page for a reload without network.
function take(fresh) {
  list = fresh;
  online = true;
  const copy = new Response(JSON.stringify(fresh), { headers: { "Content-Type": "application/json" } });
  globalThis.caches?.open(KEPT).then((kept) => kept.put(LIST, copy));
  show();
  latest();
  search();
}

async function refresh() {
  try {
    const answer = await fetch(LIST, { headers: { Accept: "application/json" } });
    if (answer.redirected || answer.status === 401) throw new Error("signed out");
    if (!answer.ok) throw new Error(answer.status);
    take(await answer.json());
  } catch {
    cut();
    if (list.at) return;
    const copy = await globalThis.caches?.match(LIST);
    if (copy) { list = await copy.json(); show(); latest(); }
  }
}

const first = refresh();

const TROUBLE = { duplicate: "was_double", cancelled: "was_cancelled", unknown: "was_unknown" };
function complain(outcomes, sent) {
  for (const one of sent) {
    const words = TROUBLE[outcomes[one.mark]];
    if (one.kind !== "in" || !words) continue;
    const li = document.createElement("li");
    const name = byId(one.ticket)?.name || "?";
    li.textContent = say[words].replace("{name}", name).replace("{time}", clock(one.at));
    at("troubles").append(li);
    at("troubles-box").hidden = false;
  }
}

async function send() {
  const sent = queue().slice(0, 200);
  if (sending || !sent.length) return;
  sending = true;
  try {
    const answer = await fetch(SEND, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": CSRF, Accept: "application/json" },
      body: JSON.stringify({ device, door: DOOR, now: Date.now(), passages: sent }),
    });
    if (answer.redirected || [401, 403, 404].includes(answer.status)) { at("net-words").textContent = say.signed_out; return; }
    if (!answer.ok) throw new Error(answer.status);
    const { outcomes, list: fresh } = await answer.json();
    keep(queue().filter((one) => !(one.mark in outcomes)));
    take(fresh);
    complain(outcomes, sent);
  } catch {
    cut();
  } finally {
    sending = false;
  }
  if (online && queue().length) send();
}

// ── ways in: typing, searching, the camera ──────────────────────────────────────────────────
at("code-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = event.target.elements.code;
  if (field.value.trim()) read(field.value);
  field.value = "";
});

const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const finder = at("find-form");
function search() {
  const words = folded(finder.elements.q.value).split(/\s+/).filter(Boolean);
  const found = words.length ? list.tickets.filter((one) => words.every((w) => one.search.includes(w))).slice(0, 20) : [];
  at("found").replaceChildren(...found.map((ticket) => {
    const li = document.createElement("li");
    const name = document.createElement("span");
    name.className = "grow break";
    name.dir = "auto";
    const came = believed(ticket);
    name.textContent = ticket.name;
    const what = document.createElement("small");
    what.className = "muted";
    what.textContent = ` ${ticket.cancelled ? say.cancelled : came ? say.again.replace("{time}", clock(came.at)) : ticket.what}`;
    name.append(what);
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn--s";
    button.textContent = say.enter;
    button.setAttribute("aria-label", `${say.enter} ${ticket.name}`);
    button.addEventListener("click", () => { arrive(ticket); search(); });
    li.append(name, button);
    return li;
  }));
}
finder.addEventListener("submit", (event) => event.preventDefault());
finder.addEventListener("input", search);

const script = (src) => new Promise((done, fail) => {
  const tag = Object.assign(document.createElement("script"), { src, onload: done, onerror: fail });
  document.head.append(tag);
});

// The browser's own reader where there is one, else the one that we bring along.
async function reader(video) {
  if ("BarcodeDetector" in window && (await BarcodeDetector.getSupportedFormats()).includes("qr_code")) {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    return async () => (await detector.detect(video).catch(() => []))[0]?.rawValue;
  }
  await script(root.dataset.reader);
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  return async () => {
    const scale = Math.min(1, 640 / (video.videoWidth || 640));
    canvas.width = video.videoWidth * scale;
    canvas.height = video.videoHeight * scale;
    if (!canvas.width) return undefined;
    pen.drawImage(video, 0, 0, canvas.width, canvas.height);
    const { data, width, height } = pen.getImageData(0, 0, canvas.width, canvas.height);
    return jsQR(data, width, height, { inversionAttempts: "dontInvert" })?.data;
  };
}

async function camera() {
  const video = at("video");
  let last = "";
  let seen = 0;
  try {
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    await video.play();
    const look = await reader(video);
    at("camera").hidden = false;
    const turn = async () => {
      const said = document.hidden ? undefined : await look();
      if (said && (said !== last || Date.now() - seen > AGAIN)) await read(said);
      if (said) { last = said; seen = Date.now(); }
      setTimeout(turn, 200);
    };
    turn();
  } catch {
    at("camera-words").hidden = false;
  }
}

// ── a reload in a cellar finds everything again ─────────────────────────────────────────────
async function prepare() {
  await navigator.serviceWorker.register("/sw.js").then(() => navigator.serviceWorker.ready);
  const statics = performance.getEntriesByType("resource").map((one) => new URL(one.name))
    .filter((url) => url.origin === location.origin && /^\/(static|themes|t)\//.test(url.pathname));
  const kept = await caches.open("statics-1");
  // What passes through the worker is kept by it; a second hand would write over it meanwhile.
  const page = navigator.serviceWorker.controller
    ? fetch(location.pathname).then((answer) => answer.text())
    : caches.open(KEPT).then((mine) => mine.add(location.pathname));
  const done = await Promise.allSettled([...statics.map((url) => kept.add(url.href)), kept.add(root.dataset.reader), page]);
  ready = done.every((one) => one.status === "fulfilled") && Boolean(await caches.match(location.pathname));
  show();
}

// One answer that was lost, or kept a moment later than we looked, is asked for again.
async function untilReady() {
  if (!globalThis.caches || !navigator.serviceWorker) return;
  if (navigator.onLine) await prepare().catch(() => null);
  if (!ready) setTimeout(untilReady, 3000);
}

addEventListener("online", () => refresh().then(send));
addEventListener("offline", cut);
setInterval(() => (queue().length ? send() : document.hidden || refresh()), 15000);
root.classList.add("has-script");
show();
await first;
await send();
search();
if (navigator.mediaDevices?.getUserMedia) camera();
else at("camera-words").hidden = false;
untilReady();
