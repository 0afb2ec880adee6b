/** The countries' shapes, from Natural Earth (public domain) at 1 : 110 million, in the projection that is named after it. */
import {
  geoArea,
  geoCentroid,
  geoDistance,
  geoNaturalEarth1,
  geoPath,
  type GeoPermissibleObjects,
} from "d3-geo";
import codes from "i18n-iso-countries/codes.json";
import { feature } from "topojson-client";
import type { Feature, MultiPolygon, Polygon } from "geojson";
import type { GeometryCollection, Topology } from "topojson-specification";
import atlas from "world-atlas/countries-110m.json";

export const mapWidth = 816;
export const mapHeight = 400;

export interface CountryShape {
  /** ISO 3166-1 alpha-2; Kosovo's is the XK in use. */
  code: string;
  /** An SVG path in `mapWidth` × `mapHeight`. */
  path: string;
}

/** A part of the map: left, top, width, height. */
export type Frame = readonly [x: number, y: number, width: number, height: number];

export const wholeMap: Frame = [0, 0, mapWidth, mapHeight];

type Shape = Feature<Polygon | MultiPolygon, { name: string }>;

/** Shapes without a number of their own, under the code that place databases give to addresses there. */
const codesByName: Record<string, string> = { Kosovo: "XK", "N. Cyprus": "CY", Somaliland: "SO" };
const codesByNumber = new Map(codes.map(([alpha2 = "", , number = ""]) => [number, alpha2]));

const topology = atlas as unknown as Topology<{ countries: GeometryCollection<{ name: string }> }>;
const shapes = (feature(topology, topology.objects.countries).features as Shape[])
  .map((shape) => ({
    code: codesByName[shape.properties.name] ?? codesByNumber.get(String(shape.id)) ?? "",
    shape,
  }))
  // Nobody listens in Antarctica, and it would take a fifth of the map.
  .filter(({ code }) => code !== "AQ");

const projection = geoNaturalEarth1().fitSize([mapWidth, mapHeight], {
  type: "FeatureCollection",
  features: shapes.map(({ shape }) => shape),
});
const toPath = geoPath(projection).digits(1);

export const countryShapes: readonly CountryShape[] = shapes.map(({ code, shape }) => ({
  code,
  path: toPath(shape) ?? "",
}));

const drawnCodes = new Set(countryShapes.map(({ code }) => code));

/** Whether the country is large enough to be on this map. */
export function isOnMap(code: string): boolean {
  return drawnCodes.has(code);
}

/** How far from its largest part, in radians, a part of a country still belongs into its frame: not French Guiana. */
const nearby = 0.45;

/** The part of the map around a country, in the map's proportions; the whole map if it isn't drawn. */
export function frameOf(code: string): Frame {
  const parts = shapes.filter((shape) => shape.code === code).flatMap(({ shape }) => polygonsOf(shape));
  const largest = parts.toSorted((a, b) => geoArea(b) - geoArea(a))[0];
  if (largest === undefined) return wholeMap;
  const centre = geoCentroid(largest);
  const coordinates = parts
    .filter((part) => geoDistance(geoCentroid(part), centre) < nearby)
    .map((part) => part.coordinates);
  return around(toPath.bounds({ type: "MultiPolygon", coordinates }));
}

function polygonsOf({ geometry }: Shape): (Polygon & GeoPermissibleObjects)[] {
  if (geometry.type === "Polygon") return [geometry];
  return geometry.coordinates.map((coordinates) => ({ type: "Polygon", coordinates }));
}

function around([[left, top], [right, bottom]]: [[number, number], [number, number]]): Frame {
  // Half its size again on each side, and never closer than shapes this coarse allow.
  const scale = Math.max((right - left) / mapWidth, (bottom - top) / mapHeight, 0.05) * 2;
  const width = Math.min(scale * mapWidth, mapWidth);
  const height = Math.min(scale * mapHeight, mapHeight);
  const x = (left + right - width) / 2;
  const y = (top + bottom - height) / 2;
  return [
    Math.max(0, Math.min(x, mapWidth - width)),
    Math.max(0, Math.min(y, mapHeight - height)),
    width,
    height,
  ];
}
