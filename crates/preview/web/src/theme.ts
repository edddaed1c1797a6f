// Light and dark, for the page and for Vega.

import type { Config } from "vega-lite";

const KEY = "piq-preview-theme";

export type Theme = "light" | "dark";

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // pages from disk may have no storage
  }
}

/** The theme that was chosen, else the system's. */
export function theme(): Theme {
  const chosen = document.documentElement.dataset["theme"] ?? stored();
  if (chosen === "light" || chosen === "dark") return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Applies a theme and remembers it. */
export function setTheme(chosen: Theme, remember: boolean): void {
  document.documentElement.dataset["theme"] = chosen;
  if (!remember) return;
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // the choice holds for this view
  }
}

/** Width that a label of numbers takes with its distance to the next, in pixels. */
const TICK = 76;

/** The look of charts: the page's own type and colours. `slant` turns the labels of bands; `crowded` ones may leave some out. */
export function vegaConfig(width: number, slant: boolean, crowded: boolean): Config {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const font = style.getPropertyValue("--font").trim();
  const [ink, muted, line] = [colour("--ink"), colour("--muted"), colour("--line")];
  return {
    background: "transparent",
    font,
    view: { stroke: null },
    axis: {
      labelColor: muted,
      titleColor: muted,
      titleFontWeight: 500,
      titleFontSize: 11,
      titlePadding: 8,
      labelFontSize: 11,
      labelLimit: 150,
      gridColor: line,
      domainColor: line,
      tickColor: line,
      labelOverlap: true,
      labelSeparation: 6,
    },
    axisX: { grid: false, tickSize: 4 },
    axisXQuantitative: { tickCount: Math.max(2, Math.floor((width - 120) / TICK)), labelFlush: false },
    axisY: { domain: false, ticks: false, labelPadding: 6, tickCount: 5 },
    axisYBand: { domain: false, labelLimit: Math.max(180, width * 0.34), grid: false, labelOverlap: false },
    axisXBand: slant
      ? { labelAngle: -35, labelAlign: "right", labelLimit: 110, grid: false, labelOverlap: crowded }
      : { labelAngle: 0, labelLimit: 140, grid: false },
    legend: {
      labelColor: ink,
      titleColor: muted,
      titleFontWeight: 500,
      titleFontSize: 11,
      labelFontSize: 11,
      labelLimit: 140,
      symbolType: "circle",
      symbolSize: 70,
      symbolLimit: 24,
      symbolStrokeWidth: 0,
      orient: "right",
      columnPadding: 12,
    },
    bar: { discreteBandSize: { band: 0.74 }, continuousBandSize: 14, timeUnitBandSize: 0.85 },
    text: { color: ink },
    line: { strokeCap: "round", strokeJoin: "round" },
    point: { size: 30 },
    rule: { strokeWidth: 1.5 },
    style: {
      slice: { stroke: colour("--card"), strokeWidth: 1.5 },
      land: { fill: line, stroke: colour("--card"), strokeWidth: 0.5 },
      tile: { stroke: colour("--card"), strokeWidth: 1 },
      inside: { fill: "#fff", stroke: "rgba(0,0,0,0.55)", strokeWidth: 2, fontSize: 11 },
    },
  } as Config;
}
