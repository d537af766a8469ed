// The page works without this; with it, progress is live, and a file can be dropped.
"use strict";
const $ = (query) => document.querySelector(query);

// what answers a form is reloaded, and come back to, without the form being sent again
const { here } = document.body.dataset;
if (here !== location.pathname + location.search) history.replaceState(null, "", here);

const drop = $(".drop"), file = $("#file");
if (drop) {
  const say = () => { $("#picked").textContent = file.files.length ? file.files[0].name : ""; };
  file.addEventListener("change", say);
  for (const kind of ["dragenter", "dragover"]) drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("over"); });
  for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) { file.files = event.dataTransfer.files; say(); }
  });
}

// a second click finds the button out of use; the server would find the work begun
document.addEventListener("submit", (event) => {
  if (!event.defaultPrevented) setTimeout(() => event.target.querySelectorAll("button").forEach((one) => { one.disabled = true; }));
});
addEventListener("pageshow", () => document.querySelectorAll("button:disabled").forEach((one) => { one.disabled = false; }));

// what was typed into other rows and not kept yet goes along with whatever changes rows
const cells = () => [...document.querySelectorAll(".cells [name^=is-]")].filter((one) => one.value !== one.defaultValue);
let sent = false;
document.addEventListener("formdata", ({ target: form, formData }) => {
  if (!/\/(compare|fix\/(edit|accept|apply|out|in)\b)/.test(form.action)) return;
  sent = true;
  for (const one of cells().filter((each) => each.closest("section") !== form.closest("section"))) {
    const was = one.form.elements["was-" + one.name.slice(3)];
    for (const field of [was, one]) formData.append(field.name, field.value);
  }
});
addEventListener("beforeunload", (event) => { if (!sent && cells().length) event.preventDefault(); });

const live = $("#live");
if (live) {
  // asked once a second: a stream would hold one of the six connections that a browser has
  const trouble = $("#trouble"), bar = $("#bar");
  let spoken = 0, failed = 0;
  const ask = async () => {
    try {
      const answer = await fetch(live.dataset.state);
      if (!answer.ok) throw new Error(answer.status);
      const now = await answer.json();
      failed = 0;
      if (!now.going) { location.replace(live.dataset.page); return; }
      trouble.textContent = now.trouble;
      if (now.max) {
        bar.max = now.max;
        bar.value = now.value;
        for (const name of ["head", "count", "left"]) $("#" + name).textContent = now[name];
        if (Date.now() - spoken > 15000) { spoken = Date.now(); $("#spoken").textContent = now.count; }
      }
    } catch {
      failed += 1;
      trouble.textContent = trouble.dataset.lost;
    }
    setTimeout(ask, document.hidden ? 10000 : Math.min(1000 * 2 ** failed, 10000));
  };
  setTimeout(ask, 300);
}
