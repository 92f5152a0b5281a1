// Tickets: a step more or less, the sum while one chooses, the page's sums asked again when a
// number changes. Each page works without this file.
const step = (input, by) => {
  const next = Math.min(Math.max((Number(input.value) || 0) + by, Number(input.min)), Number(input.max));
  if (String(next) === input.value) return;
  input.value = next;
  input.dispatchEvent(new Event("change", { bubbles: true }));
};
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-step]");
  if (button) step(button.parentElement.querySelector("input"), Number(button.dataset.step));
});

// The chooser beside an event: how many, for how much, written as the page writes every amount.
const money = (cents) => {
  const digits = cents % 100 ? 2 : 0;
  const tongue = document.documentElement.lang === "fr" ? "fr-FR" : "en-IE";
  const form = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return `${new Intl.NumberFormat(tongue, form).format(cents / 100)}\u00a0€`;
};

function sum(form) {
  const line = form.querySelector("[data-sum]");
  if (!line) return;
  let many = 0;
  let cents = 0;
  for (const input of form.querySelectorAll("[data-cents]")) {
    const n = Math.max(0, Math.floor(Number(input.value) || 0));
    many += n;
    cents += n * Number(input.dataset.cents);
  }
  line.hidden = !many;
  line.querySelector("[data-sum-words]").textContent =
    many === 1 ? form.dataset.one : form.dataset.many.replace("{n}", many);
  line.querySelector("[data-sum-cents]").textContent = money(cents);
  const bar = document.querySelector(".bottom-bar b");
  if (bar && many) bar.textContent = `${line.querySelector("[data-sum-words]").textContent.split(",")[0]}, ${money(cents)}`;
}

// The order page: the server says the sums, so that what is shown is what is paid. What was typed
// while it answered stays.
let asked = 0;
const fields = (part) => [...part.querySelectorAll("[name]")];
const names = (part) => fields(part).map((field) => field.name).join();

function keep(part, next) {
  for (const field of fields(part)) {
    const same = fields(next).find((one) => one.name === field.name);
    if (same) same.value = field.value;
  }
}

async function again(form) {
  const turn = ++asked;
  const body = new FormData(form);
  body.set("faire", "voir");
  const answer = await fetch(form.action, { method: "POST", body });
  if (turn !== asked) return;
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const at = document.activeElement;
  const place = at?.id ? `[id="${CSS.escape(at.id)}"]`
    : at?.name ? `[name="${CSS.escape(at.name)}"][value="${CSS.escape(at.value)}"]` : null;
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = fresh.getElementById(part.id);
    if (!next || (part.dataset.live === "keep" && names(part) === names(next))) continue;
    if (part.dataset.live === "keep") keep(part, next);
    part.replaceWith(next);
  }
  if (place && document.activeElement !== at) document.querySelector(place)?.focus();
}

const isLive = (form) => form && "liveForm" in form.dataset;
document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (!form || !("tickets" in form.dataset)) return;
  if (!isLive(form)) sum(form);
  else if (event.target.matches("[data-cents], [data-again]")) again(form);
});
// To look at the sums asks for no consent: app.js would.
document.addEventListener("click", (event) => {
  const look = event.target.closest?.("button[name=faire]");
  if (!look || !isLive(look.form)) return;
  event.preventDefault();
  again(look.form);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !isLive(event.target.form) || !event.target.matches("[data-cents], [data-again]")) return;
  event.preventDefault();
  again(event.target.form);
});
document.querySelectorAll("form[data-tickets]").forEach(sum);
