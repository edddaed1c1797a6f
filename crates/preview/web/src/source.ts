// Where pictures come from: the server, or the data that an exported file carries.

import type { Chosen, Clicked, Drawing, State } from "./types";

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
}

/** The drawings of an export, by dashboard, page and widget. */
interface Exported {
  state: State;
  drawings: Record<string, Record<string, Record<string, Drawing>>>;
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
  };
}

function exported(text: string): Source {
  const all = JSON.parse(text) as Exported;
  return {
    live: false,
    state: () => Promise.resolve(all.state),
    drawing: (dashboard, page, widget) => {
      const drawing = all.drawings[dashboard]?.[page]?.[widget];
      return drawing ? Promise.resolve(drawing) : Promise.reject(new Error("the export lacks this widget"));
    },
    changed: () => new Promise(() => {}),
    refresh: () => Promise.resolve(),
  };
}

/** The server, unless this page carries its data. */
/** Whether a server answers, so that choices change what is drawn. */
export function isLive(): boolean {
  return !document.getElementById("data")?.textContent;
}

export function source(): Source {
  const data = document.getElementById("data");
  return data?.textContent ? exported(data.textContent) : server();
}
