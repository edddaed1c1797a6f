// Charts: Vega-Lite with the interpreter, so that nothing is evaluated as code.

import { expressionInterpreter } from "vega-interpreter";
import { compile, type TopLevelSpec } from "vega-lite";
import { View, parse, type Loader } from "vega";
import { el } from "./dom";
import { regionsOf } from "./regions";
import { vegaConfig } from "./theme";
import { hideTip, showTip } from "./tip";
import type { ChartPicture, Part } from "./types";

/** What a click on a mark does. */
export type Pick = (key: Part[]) => void;

/** Height of one band of the vertical axis, in pixels. */
const BAND = 17;

/** Width of a letter on an axis, in pixels. */
const LETTER = 6.2;

// a picture loads nothing: what it shows is in its spec
const refuse = () => Promise.reject(new Error("the preview loads nothing"));
const loader = { load: refuse, sanitize: refuse, http: refuse, file: refuse, options: {} } as unknown as Loader;

/** Whether the labels of the horizontal bands must be turned to fit. */
function slanted(labels: string[], width: number): boolean {
  const longest = Math.min(22, Math.max(0, ...labels.map((l) => l.length)));
  return labels.length > 0 && (longest + 1) * LETTER * labels.length > width - 80;
}

export interface Chart {
  destroy(): void;
  /** The picture as it is now. */
  svg(): Promise<string>;
  /** The same in pixels, two for each of the screen. */
  png(): Promise<Blob>;
}

/** Draws a chart into `box` and follows its size. */
export async function drawChart(
  picture: ChartPicture,
  box: HTMLElement,
  title: string,
  pick: Pick | null,
): Promise<Chart> {
  const stage = el("div", { class: "stage", role: "img", "aria-label": title });
  box.append(stage);
  let view: View | null = null;
  let size = "";

  const draw = async () => {
    const width = Math.floor(box.clientWidth);
    const height = Math.max(Math.floor(box.clientHeight), picture.bands * BAND + 56);
    const next = `${width}x${height}`;
    if (next === size || width < 20 || box.clientHeight < 20) return;
    size = next;
    // several views side by side have sizes of their own, and the card scrolls
    const several = ["hconcat", "vconcat", "concat", "facet", "repeat", "spec"].some((key) => key in picture.spec);
    const fitted = {
      width: width - 2,
      height: height - 6,
      autosize: { type: "fit", contains: "padding", resize: true },
    };
    const look = vegaConfig(width, slanted(picture.labels, width), picture.labels.length * 15 > width - 120);
    const spec = {
      ...picture.spec,
      ...(several ? {} : fitted),
      ...("projection" in picture.spec ? { datasets: regionsOf(picture.spec) } : {}),
      padding: 2,
      config: { ...look, ...(picture.spec["config"] as object | undefined) },
    } as unknown as TopLevelSpec;
    const compiled = compile(spec, { logger: quiet }).spec;
    view?.finalize();
    stage.replaceChildren();
    view = new View(parse(compiled, undefined, { ast: true }), {
      expr: expressionInterpreter,
      renderer: "svg",
      container: stage,
      hover: true,
      loader,
      logger: quiet,
      tooltip: (_handler, event, _item, value) => (value ? showTip(event as MouseEvent, value) : hideTip()),
    } as ConstructorParameters<typeof View>[1]);
    if (pick) {
      view.addEventListener("click", (_event, item) => {
        const key = (item?.datum as { k?: Part[] } | undefined)?.k;
        if (key?.length) pick(key);
      });
    }
    await view.runAsync();
  };

  await draw();
  let waiting = 0;
  const observer = new ResizeObserver(() => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => void draw(), 80);
  });
  observer.observe(box);
  const drawn = (): View => {
    if (!view) throw new Error("the chart is not drawn yet");
    return view;
  };
  return {
    destroy: () => {
      observer.disconnect();
      window.clearTimeout(waiting);
      view?.finalize();
    },
    svg: () => drawn().toSVG(),
    png: async () => {
      const canvas = await drawn().toCanvas(2);
      return new Promise((done, fail) => onGround(canvas).toBlob((b) => (b ? done(b) : fail(new Error("no picture"))), "image/png"));
    },
  };
}

/** The picture on the colour of the card: what reads it elsewhere may have another ground. */
function onGround(picture: HTMLCanvasElement): HTMLCanvasElement {
  const whole = el("canvas", { width: String(picture.width), height: String(picture.height) });
  const context = whole.getContext("2d");
  if (!context) throw new Error("the browser draws no pictures");
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--card").trim();
  context.fillRect(0, 0, whole.width, whole.height);
  context.drawImage(picture, 0, 0);
  return whole;
}

// warnings about what the spec says twice do not concern a viewer; faults are thrown
const nothing = () => quiet;
const quiet = {
  level: () => quiet,
  warn: nothing,
  info: nothing,
  debug: nothing,
  error(...all: readonly unknown[]) {
    throw all[0] instanceof Error ? all[0] : new Error(all.join(" "));
  },
} as unknown as NonNullable<Parameters<typeof compile>[1]>["logger"] & { level: () => unknown };
