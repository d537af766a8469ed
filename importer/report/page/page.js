// Turns pages of the tables, filters and sorts; the page can be read without it. Texts
// of the input go into the page as text nodes and in no other way.
(() => {
  "use strict";
  const record = JSON.parse(document.getElementById("record").textContent);
  const plain = new Intl.NumberFormat("en-US");

  const made = (tag, text, attributes = {}) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const own = (tag, text, attributes) => {
    const element = made(tag, undefined, attributes);
    element.append(made("bdi", text));
    return element;
  };
  const cell = (name, attributes) => made("td", undefined, { role: "cell", class: name, ...attributes });
  const figure = (label, text) => {
    const element = cell("n", { "data-label": label });
    element.textContent = text;
    return element;
  };
  const amount = (value) => (value === null ? "–" : plain.format(value));
  const heading = (name, slug, attributes = { scope: "row" }) => {
    const element = own("th", name || slug || "without a name", { role: "rowheader", ...attributes });
    if (name && slug && name !== slug) element.append(own("small", slug));
    return element;
  };
  // where a row stands, and in which location where there are several
  const stand = (element, place, location, tag) => {
    element.append(tag ? own(tag, place, { class: "where" }) : made("bdi", place));
    if (record.locations.length > 1) {
      element.append(own("small", record.names[location] || location, { class: "where" }));
    }
    return element;
  };

  // shows `size` of the rows that `rows()` gives, and says which
  const paged = (body, size, rows, line, noun) => {
    // the bodies of a table stand behind its head
    const head = body.tHead ? [body.tHead] : [];
    let first = 0;
    const pager = made("div", undefined, { class: "pager" });
    const said = made("span", "", { role: "status" });
    const turns = made("div");
    const back = made("button", "Back", { type: "button" });
    const on = made("button", "Next", { type: "button" });
    turns.append(back, on);
    pager.append(said, turns);
    body.closest(".scroll").after(pager);
    const show = (from = 0) => {
      const all = rows();
      first = Math.min(Math.max(0, from), Math.max(0, all.length - 1));
      first -= first % size;
      const end = Math.min(first + size, all.length);
      body.replaceChildren(...head, ...all.slice(first, end).map(line));
      said.textContent = all.length
        ? `${plain.format(first + 1)}–${plain.format(end)} of ${plain.format(all.length)}`
        : `no ${noun} like that`;
      back.disabled = first === 0;
      on.disabled = end >= all.length;
      pager.hidden = all.length > 0 && all.length <= size;
    };
    back.addEventListener("click", () => show(first - size));
    on.addEventListener("click", () => show(first + size));
    return show;
  };

  for (const group of document.querySelectorAll("[data-group]")) {
    const rows = record.groups[Number(group.dataset.group)];
    if (rows.length <= record.ofAGroup) continue;
    const line = ([place, name, slug, location, message]) => {
      const row = made("tr", undefined, { role: "row" });
      const why = cell("why");
      why.append(made("bdi", message));
      row.append(stand(cell("where"), place, location), heading(name, slug), why);
      return row;
    };
    paged(group.querySelector("tbody"), record.ofAGroup, () => rows, line, "row")();
  }

  // a list of collections, in which one can be found by any of its texts
  const found = (name, line) => {
    const all = record[name];
    if (all.length <= record.ofAGroup) return;
    const find = document.getElementById(`${name}-find`);
    const table = document.getElementById(`${name}-table`);
    let kept = all;
    const body = name === "updated" ? table : table.tBodies[0];
    const show = paged(body, record.ofAGroup, () => kept, line, "collection");
    find.addEventListener("input", () => {
      const words = find.value.trim().toLowerCase();
      const texts = ([place, title, slug, location, id]) =>
        [place, title, slug, location, record.names[location] || "", id].join("\n").toLowerCase();
      kept = words ? all.filter((one) => texts(one).includes(words)) : all;
      show();
    });
    document.getElementById(`${name}-controls`).hidden = false;
    show();
  };
  const told = (element, words) => {
    if (words) element.append(made("small", words, { class: "told" }));
    return element;
  };
  const value = (name, label, parts) => {
    const element = cell(name, { "data-label": label });
    const tags = { "-": "del", "+": "ins", "?": "small" };
    const shown = made(parts.length ? "bdi" : "em");
    for (const [kind, text] of parts) shown.append(kind ? made(tags[kind], text) : text);
    if (!parts.length) shown.append("nothing shown");
    element.append(shown);
    return element;
  };
  found("created", ([place, name, slug, location, id, words]) => {
    const row = made("tr", undefined, { role: "row" });
    const named = cell("id");
    named.append(made("code", id || "–"));
    row.append(told(heading(name, slug), words), named, stand(cell("where"), place, location));
    return row;
  });
  found("updated", ([place, name, slug, location, id, words, changes]) => {
    const body = made("tbody", undefined, { role: "rowgroup" });
    const lines = changes.length ? changes : [["", [], []]];
    lines.forEach(([field, before, now], nth) => {
      const row = made("tr", undefined, { role: "row" });
      if (!nth) {
        const who = told(heading(name, slug, { scope: "rowgroup", rowspan: lines.length }), words);
        who.append(made("code", id));
        row.append(stand(who, place, location, "small"));
      }
      const title = cell("field", field ? {} : { colspan: 3 });
      title.textContent = field || record.untold;
      row.append(title);
      if (field) row.append(value("old", "Before", before), value("new", "Now", now));
      body.append(row);
    });
    return body;
  });

  const table = document.getElementById("places-table");
  if (table && record.locations.length > 1) {
    const find = document.getElementById("places-find");
    const which = document.getElementById("places-which");
    const kinds = { all: () => true, wrong: (one) => one[4], open: (one) => one[5] || one[11], refused: (one) => one[7] };
    const sort = document.getElementById("places-sort");
    const heads = [...table.tHead.rows[0].cells];
    const labels = heads.slice(1).map((head) => head.textContent);
    let kept = record.locations;
    let column = null;
    let direction = 1;
    const compared = (a, b) =>
      column === 0
        ? (a[1] || a[0]).localeCompare(b[1] || b[0])
        : (a[column] ?? -1) - (b[column] ?? -1);
    const line = ([id, name, rows, there, wrong, open, calls, refused, peak, limit, left, stop]) => {
      const row = made("tr", undefined, { role: "row" });
      const who = own("th", name || id, { role: "rowheader", scope: "row" });
      if (name) who.append(own("small", id));
      if (stop) who.append(own("small", stop, { class: "stop" }));
      const fullest = plain.format(peak) + (limit ? ` of ${plain.format(limit)}` : "");
      const figures = [...[rows, there, wrong, open, calls, refused].map(amount), fullest, amount(left)];
      row.append(who, ...figures.map((text, nth) => figure(labels[nth], text)));
      return row;
    };
    const show = paged(table.tBodies[0], record.ofLocations, () => kept, line, "location");
    const change = () => {
      const words = find.value.trim().toLowerCase();
      kept = record.locations.filter(
        (one) => kinds[which.value](one) && `${one[0]}\n${one[1]}`.toLowerCase().includes(words));
      if (column !== null) kept.sort((a, b) => direction * compared(a, b));
      show();
    };
    const sorted = (head, towards) => {
      column = Number(head.dataset.column);
      direction = towards;
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
      sort.value = head.dataset.column;
      change();
    };
    for (const head of heads) {
      const words = head.textContent;
      // texts begin with A, figures with the largest
      const usual = head.dataset.column === "0" ? 1 : -1;
      const button = made("button", words, { type: "button" });
      // on a telephone the head is unseen, so nothing in it can have the focus
      head.replaceChildren(button, made("span", words, { class: "unseen" }));
      button.addEventListener("click", () =>
        sorted(head, column === Number(head.dataset.column) ? -direction : usual));
      sort.append(made("option", words, { value: head.dataset.column }));
    }
    sort.addEventListener("change", () => {
      const head = heads.find((one) => one.dataset.column === sort.value);
      if (head) return sorted(head, sort.value === "0" ? 1 : -1);
      column = null;
      for (const other of heads) other.removeAttribute("aria-sort");
      change();
    });
    find.addEventListener("input", change);
    which.addEventListener("change", change);
    document.getElementById("places-controls").hidden = false;
    show();
  }

  // what is folded away on the screen is not on paper
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const one of folded) one.open = true;
  });
  addEventListener("afterprint", () => { for (const one of folded) one.open = false; });
})();
