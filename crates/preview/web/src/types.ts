// What the server sends. Its formats are defined in crates/preview/src.

export interface State {
  revision: number;
  target: string;
  host: string;
  namespace: string;
  made: string;
  dashboards: Outline[];
  kept: Kept[];
}

/** The selection of a filter that stays from one preview to the next. */
export interface Kept extends Chosen {
  dashboard: string;
}

export interface Outline {
  id: string;
  file: string;
  error: string | null;
  pages: PageOutline[];
}

export interface PageOutline {
  name: string;
  title: string;
  global: boolean;
  columns: number;
  widgets: WidgetOutline[];
}

export interface WidgetOutline {
  name: string;
  title: string | null;
  description: string | null;
  type: string;
  filter: boolean;
  place: [number, number, number, number];
}

export type Selection =
  | { type: "all" }
  | { type: "values"; values: (string | null)[] }
  | { type: "range"; min: string | null; max: string | null };

export interface Chosen {
  page: string;
  widget: string;
  selection: Selection;
}

/** The value of one field at a mark of a chart; the server made it and gets it back. */
export interface Part {
  field: string;
  value: string | null;
  day: boolean;
}

/** A mark that the viewer clicked. */
export interface Clicked {
  page: string;
  widget: string;
  key: Part[];
}

export interface Drawing {
  picture: Picture;
  sql: string | null;
  note: string | null;
}

export type Picture =
  | ChartPicture
  | CounterPicture
  | ({ kind: "table" } & Grid)
  | ({ kind: "pivot" } & Grid)
  | { kind: "text"; html: string }
  | FilterPicture
  | { kind: "empty" }
  | { kind: "unsupported"; reason: string }
  | { kind: "failed"; error: string };

export interface ChartPicture {
  kind: "chart";
  spec: Record<string, unknown>;
  bands: number;
  labels: string[];
  columns: [string, string][];
}

export interface CounterPicture {
  kind: "counter";
  value: string;
  raw: string;
  label: string | null;
  color: string | null;
  target: string | null;
  change: string | null;
  trend: number | null;
}

export interface Grid {
  head: Head[][];
  rows: Item[][];
  heads: number;
  page: number;
}

export interface Head {
  text: string;
  title: string | null;
  span: number;
  right: boolean;
}

export interface Item {
  t: string;
  s: string | number | null;
  c?: string;
  b?: string;
  h?: string;
  g?: boolean;
  m?: string;
  p?: string;
  f?: boolean;
}

export interface FilterPicture {
  kind: "filter";
  control: "single" | "multi" | "date" | "dates" | "numbers" | "text";
  options: [string | null, string][];
  ends: [string, string] | null;
  selection: Selection;
  /** Whether something else than the default is selected. */
  narrows: boolean;
  shown: string;
  all: string;
}
