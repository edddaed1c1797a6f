// The shapes of the maps: countries and states, from Natural Earth and the Census Bureau of the USA.

import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import countries from "world-atlas/countries-110m.json";
import states from "us-atlas/states-albers-10m.json";

type Atlas = Topology<Record<string, GeometryCollection<{ name: string }>>>;

/** The shapes of one layer, each with the key by which rows name it. */
function shapes(atlas: unknown, layer: string, key: (id: string, name: string) => string): object[] {
  const topology = atlas as Atlas;
  const found = topology.objects[layer];
  if (!found) return [];
  return feature(topology, found).features.map((one) => ({ ...one, key: key(String(one.id ?? ""), one.properties.name) }));
}

/** Shapes by the name that a spec has for them. */
const MAPS: Record<string, () => object[]> = {
  piq_countries: () => shapes(countries, "countries", (id) => id),
  piq_states: () => shapes(states, "states", (_, name) => name),
};

/** The shapes that a spec names, as its named data. */
export function regionsOf(spec: Record<string, unknown>): Record<string, object[]> {
  const text = JSON.stringify(spec["layer"] ?? "");
  const named = Object.entries(MAPS).filter(([name]) => text.includes(`"name":"${name}"`));
  return Object.fromEntries(named.map(([name, make]) => [name, make()]));
}
