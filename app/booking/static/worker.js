// Statics: kept for good, their address changes with their content. One's own bookings and tickets, the
// door of an event, the form for what is broken: fresh when there is a network, the last copy when there
// is none. Signing out forgets the copies.
const STATICS = "statics-1";
const MINE = "mine-1";
const OFFLINE = "/hors-ligne";

const isStatic = (path) => /^\/(static|themes|t)\//.test(path);
const isMine = (path) =>
  /^\/(moi$|moi\/reservations$|moi\/billets$|b\/[^/]+(\/qr\.svg)?$|billets\/(billet\/)?[^/]+$|gestion\/evenements\/\d+\/entrees$|signaler\/[^/]+(\/[^/]+)?$)/.test(path);

const keep = async (name, request, answer) => {
  if (answer.ok && !answer.redirected) (await caches.open(name)).put(request, answer.clone());
  return answer;
};

const first = async (request) => (await caches.match(request)) || keep(STATICS, request, await fetch(request));

const fresh = async (request) => {
  try {
    return await keep(MINE, request, await fetch(request));
  } catch {
    return (await caches.match(request, { ignoreVary: true })) || caches.match(OFFLINE);
  }
};

const page = async (request) => {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(OFFLINE)) || Response.error();
  }
};

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(STATICS).then((cache) => cache.add(OFFLINE)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.method === "POST" && url.pathname === "/deconnexion") {
    event.waitUntil(caches.delete(MINE));
    return;
  }
  if (request.method !== "GET" || request.headers.has("HX-Request")) return;
  if (isStatic(url.pathname)) event.respondWith(first(request));
  else if (isMine(url.pathname)) event.respondWith(fresh(request));
  else if (request.mode === "navigate") event.respondWith(page(request));
});
