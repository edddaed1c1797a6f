// Where pictures come from: the server, or the data that an exported file carries.

import type { Csv } from "./save";
import type { Chosen, Clicked, Drawing, Kept, State } from "./types";

/** What the viewer selected and clicked. */
export interface Viewer {
  chosen: Chosen[];
  clicked: Clicked[];
}

export interface Source {
  live: boolean;
  state(): Promise<State>;
  drawing(dashboard: string, page: string, widget: string, viewer: Viewer, signal: AbortSignal): Promise<Drawing>;
  /** Resolves with the new revision when files or data changed. */
  changed(since: number): Promise<number>;
  refresh(): Promise<void>;
  /** The answer to a widget's query. */
  csv(dashboard: string, page: string, widget: string, viewer: Viewer): Promise<Csv>;
  /** Keeps the selection of a filter for the next preview; that of everything forgets it. */
  keep(filter: Kept): Promise<void>;
}

/** A drawing whose texts are elsewhere. */
type Packed = Omit<Drawing, "sql"> & { sql: number | null; csv: { text: number; truncated: boolean } | null };

/** The drawings of an export, by dashboard, page and widget. */
interface Exported {
  state: State;
  drawings: Record<string, Record<string, Record<string, Packed>>>;
  texts: string[];
}

async function get<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await fetch(path, init);
  if (!response.ok) throw new Error((await response.text()) || `the preview answered ${response.status}`);
  return (await response.json()) as T;
}

function post(body: unknown, signal?: AbortSignal): RequestInit {
  const init: RequestInit = {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  if (signal) init.signal = signal;
  return init;
}

function server(): Source {
  return {
    live: true,
    state: () => get<State>("api/state"),
    drawing: (dashboard, page, widget, viewer, signal) =>
      get<Drawing>("api/widget", post({ dashboard, page, widget, ...viewer }, signal)),
    changed: async (since) => (await get<{ revision: number }>(`api/changes?since=${since}`)).revision,
    refresh: async () => {
      await get("api/refresh", post({}));
    },
    csv: (dashboard, page, widget, viewer) => get<Csv>("api/csv", post({ dashboard, page, widget, ...viewer })),
    keep: async (filter) => {
      await get("api/keep", post(filter));
    },
  };
}

function exported(text: string): Source {
  const all = JSON.parse(text) as Exported;
  const textAt = (at: number) => all.texts[at] ?? "";
  const packed = (dashboard: string, page: string, widget: string): Packed => {
    const found = all.drawings[dashboard]?.[page]?.[widget];
    if (!found) throw new Error("the export lacks this widget");
    return found;
  };
  return {
    live: false,
    state: () => Promise.resolve(all.state),
    drawing: async (dashboard, page, widget) => {
      const found = packed(dashboard, page, widget);
      return { picture: found.picture, sql: found.sql === null ? null : textAt(found.sql), note: found.note };
    },
    changed: () => new Promise(() => {}),
    refresh: () => Promise.resolve(),
    csv: async (dashboard, page, widget) => {
      const { csv } = packed(dashboard, page, widget);
      if (!csv) throw new Error("the export has no data of this widget");
      return { text: textAt(csv.text), truncated: csv.truncated };
    },
    keep: () => Promise.reject(new Error("an export keeps nothing")),
  };
}

/** Whether a server answers, so that choices change what is drawn. */
export function isLive(): boolean {
  return !document.getElementById("data")?.textContent;
}

/** The server, unless this page carries its data. */
export function source(): Source {
  const data = document.getElementById("data");
  return data?.textContent ? exported(data.textContent) : server();
}
