// Reporting a problem where the network may be away. What is typed and the photo stay on the phone
// until the venue has them: a draft while it is written, then a queue of what is still to be sent.
// Every try of one report carries one key, so that an answer that got lost makes no second report.
const say = JSON.parse(document.getElementById("report-words").textContent);
const HERE = location.pathname;
const LIVES = 2 * 3600e3; // of a draft that nobody sent
const HEAVY = 1.5e6; // from here on a photo is made smaller before it leaves
const SIDE = 2000; // what the venue keeps at most
const AGAIN = 15e3;

const form = () => document.getElementById("signaler");
const at = (name) => document.querySelector(`[data-${name}]`);

// ── what is kept: drafts by place, and what waits to be sent ────────────────────────────────
const store = new Promise((done) => {
  const asked = globalThis.indexedDB?.open("reports", 1);
  if (!asked) return done(null);
  asked.onupgradeneeded = () => asked.result.createObjectStore("kept", { keyPath: "id" });
  asked.onsuccess = () => done(asked.result);
  asked.onerror = () => done(null); // a private window: then only this page remembers
});
const spare = new Map();

async function ask(mode, act) {
  const db = await store;
  if (!db) return null;
  return new Promise((done, fail) => {
    const request = act(db.transaction("kept", mode).objectStore("kept"));
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
}
const put = (record) => ask("readwrite", (kept) => kept.put(record)).catch(() => null).then((done) => done ?? spare.set(record.id, record));
const drop = (id) => spare.delete(id) | 0 || ask("readwrite", (kept) => kept.delete(id));
const all = async () => [...((await ask("readonly", (kept) => kept.getAll()).catch(() => null)) || []), ...spare.values()];
const waiting = async () => (await all()).filter((one) => one.kind === "report").sort((a, b) => a.made - b.made);

// ── the draft ───────────────────────────────────────────────────────────────────────────────
let photo = null;
let given = false; // the venue has it already: a form that was shown again names it
const OURS = new Set(["csrf_token", "vus", "photo", "photo-gardee"]);
const typed = () => [...new FormData(form())].filter(([name, value]) => !OURS.has(name) && value !== "");

function save() {
  if (form()) put({ id: `draft:${HERE}`, kind: "draft", made: Date.now(), fields: typed(), photo });
}

function fill(fields) {
  for (const [name, value] of fields) {
    const found = form().elements[name];
    if (found?.[0]?.type === "radio" || found?.type === "radio") {
      for (const radio of found.length ? found : [found]) radio.checked = radio.value === value;
    } else if (found && !found.value) found.value = value;
  }
}

async function restore() {
  const kept = (await all()).find((one) => one.id === `draft:${HERE}`);
  if (!kept || !form() || typed().length || Date.now() - kept.made > LIVES) return;
  fill(kept.fields);
  photo = kept.photo;
  if (photo || kept.fields.length) tell(say.restored);
}

// ── the photo ───────────────────────────────────────────────────────────────────────────────
async function smaller(file) {
  if (file.size < HEAVY) return file;
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = picture.width * scale;
    canvas.height = picture.height * scale;
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    return (await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85))) || file;
  } catch {
    return file; // the venue says what is wrong with it
  }
}

function show() {
  const shot = at("shot");
  if (!shot) return;
  const picture = shot.querySelector("img");
  URL.revokeObjectURL(picture.src);
  shot.hidden = !photo;
  if (photo) picture.src = URL.createObjectURL(photo);
  at("shot-words").textContent = photo || form().elements["photo-gardee"] ? say.change : say.take;
}

// ── what the page says ──────────────────────────────────────────────────────────────────────
function tell(text) {
  const note = at("net");
  note.hidden = !text;
  at("net-words").textContent = text;
}

const words = document.querySelector(".bottom-bar small");
const place = words?.textContent;
function bar() {
  if (!words || !form()) return;
  words.textContent = [photo && say.attached, !navigator.onLine && say.will_wait].filter(Boolean).join(", ") || place;
}

async function list() {
  const rows = await waiting();
  at("queue").hidden = !rows.length;
  at("queued").replaceChildren(...rows.map((one) => {
    const li = document.createElement("li");
    const what = document.createElement("span");
    what.className = "grow break";
    what.dir = "auto";
    const hour = new Date(one.made).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    what.textContent = [one.what, one.where, one.photo && say.attached, hour].filter(Boolean).join(", ");
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn--s", textContent: say.forget });
    button.setAttribute("aria-label", `${say.forget} ${one.what}`);
    button.addEventListener("click", async () => { await drop(one.id); list(); });
    li.append(what, button);
    return li;
  }));
  return rows;
}

// ── sending ─────────────────────────────────────────────────────────────────────────────────
const read = async (answer) => new DOMParser().parseFromString(await answer.text(), "text/html");

// A page that is as old as the cut may carry a stamp that is too old: a fresh one is asked for.
async function stamp(one, fresh) {
  if (!fresh) return document.querySelector("[name=csrf_token]").value;
  const answer = await fetch(one.page, { headers: { Accept: "text/html" } });
  if (answer.status >= 500) throw new Error(answer.status);
  return (await read(answer)).querySelector("#signaler [name=csrf_token]")?.value;
}

function body(one, token) {
  const data = new FormData();
  data.set("csrf_token", token);
  for (const [name, value] of one.fields) data.set(name, value);
  if (one.photo) data.set("photo", one.photo, "photo.jpg");
  return data;
}

// What became of it: the address of its page, a page that asks something, or null for "later".
async function send(one, fresh = true) {
  const token = await stamp(one, fresh);
  if (!token) return { signedOut: true };
  const answer = await fetch(one.to, { method: "POST", body: body(one, token), headers: { "Idempotency-Key": one.id } });
  if (answer.redirected && new URL(answer.url).pathname.startsWith("/signalement/")) return { sent: answer.url };
  const page = await read(answer);
  if (!page.getElementById("signaler")) return answer.status < 500 && answer.status !== 409 ? { refused: true } : null;
  return { page, later: answer.status === 429 };
}

// The venue asks something: its page takes the place of this one, with all that was typed.
function swap(page, one) {
  document.getElementById("main").replaceWith(document.adoptNode(page.getElementById("main")));
  given = Boolean(form().elements["photo-gardee"]);
  photo = document.querySelector("#photo[aria-invalid]") ? null : photo;
  show();
  bar();
  list();
  at("focus")?.focus();
  scrollTo(0, 0);
}

// Whether it is settled; what is refused for good is tried again by hand only.
let pause = 0;
async function settle(one, outcome, foreground) {
  if (!outcome) return false;
  if (outcome.signedOut) return tell(say.signed_out) || false;
  if (outcome.refused) {
    tell(say.refused);
    await put({ ...one, stuck: true });
    return false;
  }
  if (outcome.later && !foreground) {
    pause = Date.now() + 5 * 60e3;
    return false;
  }
  await drop(one.id);
  if (outcome.sent) {
    if (one.page === HERE) await drop(`draft:${HERE}`);
    if (foreground || one.page === HERE) location.assign(outcome.sent);
    else tell(say.sent);
  } else if (one.page === HERE) swap(outcome.page, one);
  else location.assign(one.page); // it asks something: its draft is there
  return true;
}

async function flush(byHand = false) {
  await navigator.locks.request("reports", { ifAvailable: true }, async (mine) => {
    if (!mine || (Date.now() < pause && !byHand)) return;
    for (const one of (await waiting()).filter((each) => byHand || !each.stuck)) {
      const outcome = await send(one).catch(() => null);
      if (!(await settle(one, outcome, false)) && !outcome?.refused) break;
    }
  });
  await list();
}

function report(sent, submitter) {
  const fields = [...new FormData(sent)].filter(([name]) => name !== "csrf_token" && name !== "photo");
  const chosen = sent.querySelector("[name=categorie]:checked")?.closest("label").textContent.trim();
  return {
    id: crypto.randomUUID(), kind: "report", made: Date.now(), page: HERE, fields,
    photo: sent === form() && !given ? photo : null, to: submitter?.formAction || sent.action,
    what: sent.dataset.kept || chosen || "", where: say.place,
  };
}

async function submit(event) {
  const sent = event.target;
  if (!("kept" in sent.dataset)) return;
  event.preventDefault();
  const { submitter } = event;
  if (!navigator.onLine && !sent.reportValidity()) return;
  submitter?.setAttribute("aria-busy", "true");
  const one = report(sent, submitter);
  await put(one);
  await navigator.locks.request("reports", async () => {
    const outcome = await send(one, false).catch(() => null);
    submitter?.removeAttribute("aria-busy");
    if (await settle(one, outcome, true)) return;
    if (sent === form()) await clear();
    await list();
    at("queue").focus();
  });
}

// It is in safe hands here: the form is empty for what else may be wrong.
async function clear() {
  tell("");
  await drop(`draft:${HERE}`);
  form().reset();
  photo = null;
  show();
  bar();
}

async function shoot(event) {
  if (event.target.id !== "photo" || !event.target.files.length) return;
  photo = await smaller(event.target.files[0]);
  given = false;
  event.target.value = "";
  show();
  bar();
  save();
}

function press(event) {
  if (event.target.closest("[data-try]")) flush(true);
  if (!event.target.closest("[data-unshoot]")) return;
  photo = null;
  form().elements["photo-gardee"]?.remove();
  show();
  bar();
  save();
}

// ── without network the form opens where it was opened before ───────────────────────────────
async function prepare() {
  await navigator.serviceWorker.register("/sw.js").then(() => navigator.serviceWorker.ready);
  const statics = performance.getEntriesByType("resource").map((one) => new URL(one.name))
    .filter((url) => url.origin === location.origin && /^\/(static|themes|t)\//.test(url.pathname));
  const kept = await caches.open("statics-1");
  await Promise.allSettled(statics.map(async (url) => (await kept.match(url.href)) || kept.add(url.href)));
  await (await caches.open("mine-1")).add(HERE);
  document.documentElement.dataset.ready = "";
}

async function start() {
  document.documentElement.classList.add("reports-kept");
  document.addEventListener("submit", submit);
  document.addEventListener("change", shoot);
  document.addEventListener("click", press);
  document.addEventListener("input", (event) => {
    if (event.target.form === form() && event.target.type !== "file") save();
  });
  addEventListener("online", () => { bar(); flush(); });
  addEventListener("offline", bar);
  setInterval(async () => { if ((await waiting()).length) flush(); }, AGAIN);
  await restore();
  show();
  bar();
  await list();
  if (navigator.onLine) await flush();
  if (globalThis.caches && navigator.onLine) await prepare().catch(() => null);
}

if (navigator.locks && navigator.serviceWorker) start(); // elsewhere the form is sent as any other
