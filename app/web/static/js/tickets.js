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

// The chooser beside an event: how many, for how much.
const money = (cents) =>
  new Intl.NumberFormat(document.documentElement.lang === "fr" ? "fr-FR" : "en-IE", {
    style: "currency", currency: "EUR", minimumFractionDigits: cents % 100 ? 2 : 0,
  }).format(cents / 100);

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

// The order page: the server says the sums, so that what is shown is what is paid.
let asked = 0;
async function again(form) {
  const turn = ++asked;
  const body = new FormData(form);
  body.set("faire", "voir");
  const answer = await fetch(form.action, { method: "POST", body });
  if (!answer.ok || turn !== asked) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const focus = document.activeElement?.id;
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = fresh.getElementById(part.id);
    if (next) part.replaceWith(next);
  }
  if (focus) document.getElementById(focus)?.focus();
}

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (!form || !("tickets" in form.dataset)) return;
  if (!("liveForm" in form.dataset)) sum(form);
  else if (event.target.matches("[data-cents], [data-again]")) again(form);
});
document.querySelectorAll("form[data-tickets]").forEach(sum);
