// One widget: its frame, and the picture in it.

import { drawChart, type Chart, type Pick } from "./chart";
import { append, el, tint } from "./dom";
import { drawFilter, keepButton, type Choose, type Keep } from "./filter";
import { drawGrid } from "./grid";
import { saveChart, saveCsv, saveMenu, type Csv } from "./save";
import { nodes } from "./text";
import type { ChartPicture, CounterPicture, Drawing, Grid, Picture, WidgetOutline } from "./types";

/** What became of a widget. */
export type Outcome = "drawn" | "unsupported" | "failed";

export class Widget {
  readonly frame: HTMLElement;
  private readonly body: HTMLElement;
  private readonly foot: HTMLElement;
  private chart: Chart | null = null;
  private readonly label: string;

  constructor(
    readonly outline: WidgetOutline,
    private readonly choose: Choose | null,
    private readonly pick: Pick | null,
    private readonly data: (() => Promise<Csv>) | null,
    keep: Keep | null = null,
  ) {
    this.label = outline.title ?? outline.name;
    this.body = el("div", { class: "body" });
    this.foot = el("footer", {});
    this.frame = el("section", {
      class: `widget ${outline.filter ? "filter" : outline.type}`,
      "data-widget": outline.name,
      "data-type": outline.type,
      "aria-label": this.label,
    });
    // cards of one or two rows have room for a title and a value, side by side
    if (outline.place[3] <= 2) this.frame.classList.add(outline.place[3] === 1 ? "low" : "short");
    if (outline.title || outline.description) {
      const head = el("header", {});
      const hint = [outline.title, outline.description].filter(Boolean).join(": ");
      append(head, outline.title && el("h3", { title: hint }, outline.title));
      append(head, outline.description && el("p", { class: "description" }, outline.description));
      this.frame.append(head);
    }
    if (pick) this.frame.dataset["clickable"] = "true";
    this.frame.append(this.body, this.foot);
    if (keep) this.frame.append(keepButton(keep, this.label));
    this.loading();
  }

  /** Shows that data is on its way; what was drawn stays, paler. */
  loading(): void {
    this.frame.dataset["state"] = "loading";
    this.frame.setAttribute("aria-busy", "true");
  }

  /** Draws. A fault of drawing is shown like a fault of the query. */
  async show(drawing: Drawing): Promise<Outcome> {
    let outcome: Outcome = "drawn";
    try {
      outcome = await this.picture(drawing.picture);
    } catch (fault) {
      this.clear();
      this.fault(`cannot draw: ${fault instanceof Error ? fault.message : String(fault)}`, drawing.sql);
      outcome = "failed";
    }
    this.footer(drawing, outcome);
    this.saving(drawing.picture, outcome);
    this.frame.dataset["state"] = drawing.picture.kind === "empty" ? "empty" : outcome;
    this.frame.removeAttribute("aria-busy");
    return outcome;
  }

  /** Ends what runs. */
  clear(): void {
    this.chart?.destroy();
    this.chart = null;
    this.body.replaceChildren();
  }

  private async picture(picture: Picture): Promise<Outcome> {
    this.clear();
    switch (picture.kind) {
      case "chart":
        this.chart = await drawChart(picture, this.body, this.label, this.pick);
        return "drawn";
      case "counter":
        this.body.append(counter(picture));
        return "drawn";
      case "table":
        drawGrid(picture, this.body, true, this.label);
        return "drawn";
      case "pivot":
        drawGrid(picture, this.body, false, this.label);
        return "drawn";
      case "text":
        this.body.append(nodes(picture.html));
        return "drawn";
      case "filter":
        this.frame.dataset["selected"] = String(picture.narrows);
        this.body.append(drawFilter(picture, this.label, this.choose));
        return "drawn";
      case "empty":
        this.body.append(el("p", { class: "empty" }, "No data"));
        return "drawn";
      case "unsupported":
        this.body.append(
          el("div", { class: "message", role: "note" }, el("strong", {}, "Unsupported"), el("p", {}, picture.reason)),
        );
        return "unsupported";
      case "failed":
        this.fault(picture.error, null);
        return "failed";
    }
  }

  private fault(error: string, sql: string | null): void {
    const box = el("div", { class: "message error", role: "alert" }, el("strong", {}, "Error"), el("pre", {}, error));
    if (sql) append(box, el("pre", { class: "sql" }, sql));
    this.body.append(box);
  }

  private footer(drawing: Drawing, outcome: Outcome): void {
    this.foot.replaceChildren();
    append(this.foot, drawing.note && el("span", { class: "note" }, drawing.note));
    const picture = drawing.picture;
    if (picture.kind === "chart" && outcome === "drawn") this.foot.append(this.asTable(picture));
    if (drawing.sql) {
      const details = el("details", { class: "query" }, el("summary", {}, "SQL"), el("pre", { class: "sql" }, drawing.sql));
      details.open = outcome === "failed";
      this.foot.append(details);
    }
  }

  /** What can be saved: the data, and the picture of a chart. */
  private saving(picture: Picture, outcome: Outcome): void {
    this.frame.querySelector("details.save")?.remove();
    const { data, chart, label } = this;
    const kinds = ["chart", "counter", "table", "pivot", "empty"];
    if (!data || outcome !== "drawn" || !kinds.includes(picture.kind)) return;
    const items: [string, () => Promise<void>][] = [["CSV", async () => saveCsv(await data(), label)]];
    if (chart) {
      items.push(["PNG", () => saveChart(chart, label, "png")], ["SVG", () => saveChart(chart, label, "svg")]);
    }
    this.frame.append(saveMenu(items, label));
  }

  /** The data of a chart as a table, for those who cannot see it or want its numbers. */
  private asTable(picture: ChartPicture): HTMLElement {
    const details = el("details", { class: "data" }, el("summary", {}, "Data"));
    const rows = ((picture.spec["data"] as { values?: Record<string, unknown>[] })?.values ?? []).slice(0, 1000);
    details.addEventListener("toggle", () => {
      if (!details.open || details.children.length > 1) return;
      const grid: Grid = {
        head: [picture.columns.map(([, text]) => ({ text, title: null, span: 1, right: false }))],
        rows: rows.map((row) => picture.columns.map(([field]) => ({ t: String(row[field] ?? ""), s: String(row[field] ?? "") }))),
        heads: 0,
        page: 0,
      };
      const box = el("div", { class: "panel" });
      drawGrid(grid, box, true, `Data of ${this.label}`);
      details.append(box);
    });
    return details;
  }
}

function counter(picture: CounterPicture): HTMLElement {
  const value = el("p", { class: "value", "data-raw": picture.raw }, picture.value);
  if (picture.color) tint(value, picture.color, true);
  const box = el("div", { class: "count" }, value);
  if (picture.label) box.append(el("p", { class: "label" }, picture.label));
  if (picture.target) {
    const trend = picture.trend === null ? "" : picture.trend > 0 ? "up" : picture.trend < 0 ? "down" : "same";
    const line = el("p", { class: "target" });
    const arrow = trend === "up" ? "▲ " : trend === "down" ? "▼ " : "";
    append(line, picture.change && el("span", { class: `change ${trend}` }, arrow + picture.change), picture.target);
    box.append(line);
  }
  return box;
}
