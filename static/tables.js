// Every table of the desks: click a heading to sort, type to filter, take it along as CSV.
// Without this script the tables stand as the server sent them.

const FEW = 8; // rows that need no filter
const words = document.getElementById("table-words").dataset;

/** @param {HTMLTableRowElement} row @param {number} column */
const cell = (row, column) => row.cells[column]?.textContent.trim().replace(/\s+/g, " ") ?? "";

/** The number a cell begins with, or NaN; of a bound such as "< 0.0001", the bound. */
const number = (text) => Number.parseFloat(text.replace("\u2212", "-").replace(/[,\s<]/g, ""));

function compare(a, b) {
  const [x, y] = [number(a), number(b)];
  if (!Number.isNaN(x) && !Number.isNaN(y) && x !== y) return x - y;
  return a.localeCompare(b, undefined, { numeric: true });
}

/** Quote a cell; text that a spreadsheet would run is defused. */
function quoted(text) {
  const isFormula = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text));
  return `"${(isFormula ? `'${text}` : text).replaceAll('"', '""')}"`;
}

class Table {
  /** @param {HTMLTableElement} table */
  constructor(table) {
    this.table = table;
    this.body = table.tBodies[0];
    this.rows = [...this.body.rows];
    for (const [column, head] of [...table.tHead.rows[0].cells].entries()) this.makeSortable(head, column);
    this.addBar();
  }

  makeSortable(head, column) {
    if (!head.textContent.trim() || head.querySelector("a, button, .visually-hidden")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort-by";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => this.sort(head, column));
  }

  sort(head, column) {
    const isUp = head.getAttribute("aria-sort") === "ascending";
    for (const other of this.table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", isUp ? "descending" : "ascending");
    const sign = isUp ? -1 : 1;
    const sorted = [...this.rows].sort((a, b) => sign * compare(cell(a, column), cell(b, column)));
    this.body.append(...sorted);
  }

  addBar() {
    const bar = document.createElement("div");
    bar.className = "table-bar";
    if (this.rows.length > FEW) bar.append(this.filterField());
    const take = document.createElement("button");
    take.type = "button";
    take.className = "button quiet";
    take.textContent = "CSV";
    take.title = words.csv;
    take.addEventListener("click", () => this.download());
    bar.append(take);
    const frame = this.table.closest(".table-wrap") ?? this.table;
    frame.before(bar);
  }

  filterField() {
    const field = document.createElement("input");
    field.type = "search";
    field.placeholder = words.filter;
    field.setAttribute("aria-label", words.filter);
    field.addEventListener("input", () => this.filter(field.value.toLowerCase()));
    return field;
  }

  filter(text) {
    for (const row of this.rows) row.hidden = !row.textContent.toLowerCase().includes(text);
  }

  download() {
    const shown = [this.table.tHead.rows[0], ...[...this.body.rows].filter((row) => !row.hidden)];
    const lines = shown.map((row) => [...row.cells].map((_, k) => quoted(cell(row, k))).join(","));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([`${lines.join("\n")}\n`], { type: "text/csv" }));
    link.download = `${this.table.dataset.sortable || "table"}.csv`;
    link.click();
    URL.revokeObjectURL(link.href);
  }
}

const plain = (table) =>
  !table.tHead || !table.tBodies[0] || table.tBodies[0].rows.length < 2 || "plain" in table.dataset ||
  table.querySelector("input:not([type=hidden]), select, [rowspan]");
for (const table of document.querySelectorAll("main table")) if (!plain(table)) new Table(table);
