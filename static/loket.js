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
//   data-prove="…"       on a hidden field: find the number that solves this challenge, then send the form
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
  if (key === "escape" && (event.target.matches("#q") || event.target.closest(".app") && typing(event.target))) return event.target.blur();
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
    g: find("#side") && (() => { go = Date.now(); }), escape: rows && !find(":popover-open") && (() => rows.reset()),
  }[key] ?? press([...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find(visible));
  if (!does) return;
  event.preventDefault();
  does();
});

function press(element) {
  if (!element) return;
  return element.matches("input:not([type=radio]), select, textarea") ? () => element.focus() : () => element.click();
}

// ---- proof of work, only on a form that was suspicious (app/spam) ----

// The first 32 bits of SHA-256 (FIPS 180-4) of an ASCII text that fits one block.
const roots = [], root = x => (x - Math.floor(x)) * 2 ** 32 | 0;
function hash32(text) {
  for (let n = 2; roots.length < 64; n++) if (![...Array(n).keys()].some(d => d > 1 && n % d === 0)) roots.push(root(Math.cbrt(n)));
  const w = new Int32Array(64);
  [...text].forEach((letter, i) => { w[i >> 2] |= letter.charCodeAt(0) << 24 - i % 4 * 8; });
  w[text.length >> 2] |= 128 << 24 - text.length % 4 * 8;
  w[15] = text.length * 8;
  const turn = (x, n) => x >>> n | x << 32 - n;
  let [a, b, c, d, e, f, g, h] = [2, 3, 5, 7, 11, 13, 17, 19].map(p => root(Math.sqrt(p)));
  const first = a;
  for (let i = 0; i < 64; i++) {
    if (i > 15) w[i] = w[i - 16] + w[i - 7] + (turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ w[i - 15] >>> 3) + (turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ w[i - 2] >>> 10);
    const t = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + (e & f ^ ~e & g) + roots[i] + w[i] | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, d + t | 0, c, b, a, t + (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + (a & b ^ a & c ^ b & c) | 0];
  }
  return a + first >>> 0;
}

async function prove(field) {
  const [salt, , bits] = field.dataset.prove.split("."), told = find("[data-proving]", field.form);
  if (told) told.textContent = told.dataset.proving;
  for (let n = 0; ; n++) {
    if (hash32(salt + "." + n) >>> 32 - bits === 0) { field.value = n; return field.form.requestSubmit(find("button.primary", field.form)); }
    if (n % 1000 === 0) await new Promise(rest => setTimeout(rest)); // the page stays alive
  }
}

// ---- at the start, and in what was fetched ----

function ready(within) {
  const all = selector => [...(within.matches?.(selector) ? [within] : []), ...within.querySelectorAll(selector)];
  all("[data-close]").forEach(button => { button.hidden = false; });
  all("[data-noscript]").forEach(element => { element.hidden = true; });
  all("[data-refresh][id]").forEach(shown => {
    const timer = setInterval(() => shown.isConnected ? refresh(shown.id).catch(() => {}) : clearInterval(timer), shown.dataset.refresh * 1000);
  });
  all("[data-prove]").forEach(prove);
  all("select[data-zone]").forEach(select => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone, url = new URL(location.href);
    if (zone === select.value || url.searchParams.has(select.name) || ![...select.options].some(option => option.value === zone)) return;
    url.searchParams.set(select.name, zone);
    location.replace(url);
  });
}

find("#errors")?.focus();
find(".row[data-open]")?.scrollIntoView({ block: "nearest" }); // a list that was loaded anew stays where it was
ready(document);
