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
  const figure = (value) => made("td", value === null ? "–" : plain.format(value), { class: "n" });

  // shows `size` of the rows that `rows()` gives, and says which
  const paged = (body, size, rows, line, noun) => {
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
      body.replaceChildren(...all.slice(first, end).map(line));
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
      const row = made("tr");
      const where = own("td", place);
      if (record.locations.length > 1) where.append(own("small", record.names[location] || location));
      const who = own("td", name || slug || "without a name");
      if (name && slug && name !== slug) who.append(own("small", slug));
      row.append(where, who, own("td", message));
      return row;
    };
    paged(group.querySelector("tbody"), record.ofAGroup, () => rows, line, "row")();
  }

  const table = document.getElementById("places-table");
  if (table && record.locations.length > 1) {
    const find = document.getElementById("places-find");
    const which = document.getElementById("places-which");
    const kinds = { all: () => true, wrong: (one) => one[4], open: (one) => one[5] || one[11], refused: (one) => one[7] };
    let kept = record.locations;
    let column = null;
    let direction = 1;
    const compared = (a, b) =>
      column === 0
        ? (a[1] || a[0]).localeCompare(b[1] || b[0])
        : (a[column] ?? -1) - (b[column] ?? -1);
    const line = ([id, name, rows, there, wrong, open, calls, refused, peak, limit, left, stop]) => {
      const row = made("tr");
      const who = own("th", name || id, { scope: "row" });
      if (name) who.append(own("small", id));
      if (stop) who.append(own("small", stop, { class: "stop" }));
      const fullest = made("td", plain.format(peak) + (limit ? ` of ${plain.format(limit)}` : ""), { class: "n" });
      row.append(who, ...[rows, there, wrong, open, calls, refused].map(figure), fullest, figure(left));
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
    for (const head of table.tHead.rows[0].cells) {
      const button = made("button", head.textContent, { type: "button" });
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const mine = Number(head.dataset.column);
        // texts begin with A, figures with the largest
        direction = column === mine ? -direction : mine === 0 ? 1 : -1;
        column = mine;
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
        change();
      });
    }
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
