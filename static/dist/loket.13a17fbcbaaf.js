// What a page does better with a script. Everything works without it: each
// action is a link or a form, and this file only saves the reload.
//
// Own code instead of htmx: we need one verb (put a part of the answer in place
// of the same part of the page), which takes the first third of this file. htmx 4
// is 11.7 kB compressed, evaluates attributes, and would still leave the keys,
// the files and the refresh to write.
//
//   data-fragment="#id"  on a form, link or field: fetch and replace only #id
//   data-get="/path"     on a field: ask that path with the fields of its form, after a pause in typing
//   data-refresh="60"    with an id: fetch it again every so many seconds
//   data-append          beside data-refresh: add what is new, never move what is read
//   data-submit          on a select: send its form when it changes
//   data-key="e"         on a link, button or field: the key that does it
//   data-files="id"      on a file input: show what was chosen in that list
//   data-zone            on a select of time zones: guess the visitor's
"use strict";

const find = (selector, within = document) => within.querySelector(selector);
const say = text => { const said = find("#said"); if (said) said.textContent = text; };

// ---- fragments ----

let latest = {}; // per fragment the last request, so that a slow answer loses

async function load(url, selector, { method = "GET", body, push } = {}) {
  latest[selector]?.abort();
  const control = latest[selector] = new AbortController();
  const answer = await fetch(url, { method, body, signal: control.signal, headers: { "X-Fragment": selector } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const old = find(selector), fresh = find(selector, page);
  if (answer.status >= 500 || answer.redirected && !fresh || !answer.headers.get("Content-Type")?.startsWith("text/html")) throw new Error(answer.status);
  if (old && fresh) swap(old, fresh); else if (old && answer.ok) old.remove(); else throw new Error(answer.status);
  for (const flash of page.querySelectorAll(".flash")) show(flash);
  if (push) history.pushState({ fragment: selector }, "", answer.url);
  return fresh;
}

// swap keeps the focus where it was: on the same id, or the same named field.
function swap(old, fresh) {
  const at = document.activeElement;
  const inside = old.contains(at) && at;
  old.replaceWith(document.adoptNode(fresh));
  if (inside) (at.id && find("#" + CSS.escape(at.id)) || at.name && find(`[name="${CSS.escape(at.name)}"]`, fresh) || find("button, a, input", fresh))?.focus({ preventScroll: true });
  ready(fresh);
}

function show(flash) {
  const main = find("main"), old = find(".flash", main);
  document.adoptNode(flash);
  if (old) old.replaceWith(flash); else (main.className ? main : find(".wrap", main) ?? main).prepend(flash);
  say(find("p", flash)?.textContent ?? "");
  ready(flash);
}

// Back and forward through what was opened: simplest is the page itself.
addEventListener("popstate", event => { if (event.state?.fragment || find("[data-fragment='#peek']")) location.reload(); });

addEventListener("submit", event => {
  const form = event.target, button = event.submitter;
  const busy = button && setTimeout(() => button.setAttribute("aria-busy", "true"), 1000);
  const selector = button?.dataset.fragment ?? form.dataset.fragment;
  if (!selector || !find(selector)) return;
  event.preventDefault();
  const data = new FormData(form, button), url = new URL(button?.getAttribute("formaction") ?? form.getAttribute("action") ?? location.href, location.href);
  const post = (button?.getAttribute("formmethod") ?? form.method) === "post";
  if (!post) url.search = new URLSearchParams(data);
  const body = !post ? undefined : form.enctype === "multipart/form-data" ? data : new URLSearchParams(data);
  load(url, selector, { method: post ? "POST" : "GET", body, push: !post })
    .catch(problem => { if (problem.name !== "AbortError") { delete form.dataset.fragment; delete button?.dataset.fragment; form.requestSubmit(button); } })
    .finally(() => { clearTimeout(busy); button?.removeAttribute("aria-busy"); });
});

addEventListener("click", event => {
  const close = event.target.closest("[data-close]");
  if (close) return close.closest(".flash").remove();
  const link = event.target.closest("a[data-fragment]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button || !visible(find(link.dataset.fragment))) return;
  event.preventDefault();
  load(link.href, link.dataset.fragment, { push: true }).then(() => {
    for (const row of document.querySelectorAll(".row[data-open]")) { row.removeAttribute("data-open"); find("[aria-current]", row)?.removeAttribute("aria-current"); }
    link.closest(".row")?.setAttribute("data-open", "");
    link.setAttribute("aria-current", "true");
  }).catch(problem => { if (problem.name !== "AbortError") location.href = link.href; });
});

let pause;
addEventListener("input", event => {
  const field = event.target, { fragment, get } = field.dataset;
  if (!fragment || !get) return;
  clearTimeout(pause);
  pause = setTimeout(() => {
    if (field.value.trim().length < 3) return;
    const fields = new URLSearchParams();
    for (const [name, value] of new FormData(field.form)) if (typeof value === "string" && name !== "once") fields.append(name, value);
    load(get + "?" + fields, fragment).catch(() => {}); // a hint that does not come is no loss
  }, 400);
});

addEventListener("change", event => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  if (event.target.matches("[data-files]")) files(event.target);
});

// ---- what comes back every so often ----

async function refresh(id) {
  const shown = document.getElementById(id);
  if (!shown || document.hidden) return;
  const answer = await fetch(location.href, { headers: { "X-Fragment": "#" + id } });
  const fresh = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(id);
  if (!fresh) return;
  const here = new Map([...shown.querySelectorAll("[data-id]")].map(item => [item.dataset.id, item]));
  let added = 0;
  for (const item of fresh.querySelectorAll("[data-id]")) {
    const old = here.get(item.dataset.id), chip = find(".sla", item);
    if (old && chip) find(".sla", old)?.replaceWith(document.adoptNode(chip));
    else if (!old && "append" in shown.dataset) { shown.append(document.adoptNode(item)); added++; }
  }
  if (added) say(fresh.dataset.said ?? "");
}

// ---- files: what was chosen, with a way to leave one out ----

const chosen = new WeakMap();

function files(input) {
  const list = document.getElementById(input.dataset.files), kept = chosen.get(input) ?? new DataTransfer();
  for (const file of input.files) if (![...kept.files].some(k => k.name === file.name && k.size === file.size)) kept.items.add(file);
  chosen.set(input, kept);
  input.files = kept.files;
  list.querySelectorAll("[data-chosen]").forEach(item => item.remove());
  [...kept.files].forEach((file, i) => {
    const item = document.createElement("li"), name = document.createElement("b"), size = document.createElement("span"), drop = document.createElement("button");
    item.className = "file"; item.dataset.chosen = "";
    name.textContent = file.name;
    size.className = "hint"; size.textContent = file.size < 1e6 ? Math.ceil(file.size / 1000) + " kB" : (file.size / 1e6).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 }) + " MB";
    drop.className = "btn ghost sm"; drop.type = "button"; drop.textContent = "×";
    drop.setAttribute("aria-label", input.dataset.remove.replace("%", file.name));
    drop.onclick = () => { kept.items.remove(i); input.files = kept.files; files(input); input.focus(); };
    item.append(name, size, drop);
    list.append(item);
  });
}

// ---- keys (the switch is in the profile: WCAG 2.1.4) ----

const visible = element => element?.checkVisibility?.() ?? !!element;
const typing = target => target.matches?.("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio])");
let go = 0;

function move(step) {
  const links = [...document.querySelectorAll(".row-a")];
  const at = links.findIndex(link => link === document.activeElement || link.closest(".row").contains(document.activeElement));
  const from = at < 0 ? links.findIndex(link => link.hasAttribute("aria-current")) : at;
  links[Math.min(Math.max(from + step, 0), links.length - 1)]?.focus();
}

let ticked;
function tick(range) {
  const boxes = [...document.querySelectorAll(".row-x input")];
  const row = document.activeElement.closest(".row") ?? find(".row[data-open]"), box = row && find(".row-x input", row);
  if (!box) return;
  const [from, to] = [boxes.indexOf(box), range && ticked ? boxes.indexOf(ticked) : boxes.indexOf(box)].sort((a, b) => a - b);
  const on = range || !box.checked;
  boxes.slice(from, to + 1).forEach(b => { b.checked = on; });
  ticked = box;
}

addEventListener("keydown", event => {
  const key = event.key.toLowerCase();
  if (key === "enter" && (event.ctrlKey || event.metaKey) && event.target.form) {
    event.preventDefault();
    return event.target.form.requestSubmit(find("button:not([type=button])", event.target.form));
  }
  if (key === "escape" && event.target.matches("#q")) return event.target.blur();
  if (document.documentElement.dataset.keys !== "on" || typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (Date.now() - go < 1500) {
    go = 0;
    const to = find(`#side a[href^="/staff/${CSS.escape(key)}"]`);
    if (to) { event.preventDefault(); to.click(); }
    return;
  }
  const rows = find(".rows-f"), row = event.target.closest?.(".row");
  const does = {
    j: rows && (() => move(1)), k: rows && (() => move(-1)), x: rows && (() => tick(event.shiftKey)),
    o: row && (() => find(".row-a", row).click()), "/": find("#q") && (() => find("#q").focus()),
    g: find("#side") && (() => { go = Date.now(); }), escape: rows && (() => rows.reset()),
  }[key] ?? press([...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find(visible));
  if (!does) return;
  event.preventDefault();
  does();
});

function press(element) {
  if (!element) return;
  return element.matches("input:not([type=radio]), select, textarea") ? () => element.focus() : () => element.click();
}

// ---- at the start, and in what was fetched ----

function ready(within) {
  const all = selector => [...(within.matches?.(selector) ? [within] : []), ...within.querySelectorAll(selector)];
  all("[data-close]").forEach(button => { button.hidden = false; });
  all("[data-noscript]").forEach(element => { element.hidden = true; });
  all("[data-refresh][id]").forEach(shown => {
    const timer = setInterval(() => shown.isConnected ? refresh(shown.id).catch(() => {}) : clearInterval(timer), shown.dataset.refresh * 1000);
  });
  all("select[data-zone]").forEach(select => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone, url = new URL(location.href);
    if (zone === select.value || url.searchParams.has(select.name) || ![...select.options].some(option => option.value === zone)) return;
    url.searchParams.set(select.name, zone);
    location.replace(url);
  });
}

find("#errors")?.focus();
ready(document);
