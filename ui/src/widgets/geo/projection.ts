/** Countries on a plane: outlines from Natural Earth (public domain) at 1:110 million, degrees to one decimal. Pure. */

export interface Country {
  name: string;
  /** Outer outlines, each as longitude, latitude, longitude, latitude, and so on. */
  rings: number[][];
}

export type Countries = Record<string, Country>;

/** West, south, east, north, in degrees. */
export type Bounds = readonly [number, number, number, number];

const REGIONS: Record<string, Bounds> = {
  WORLD: [-170, -56, 180, 80],
  EMEA: [-25, -36, 65, 72],
  APAC: [60, -48, 180, 56],
  LATAM: [-118, -56, -34, 33],
  AMER: [-168, -56, -34, 74],
  NORTH_AMERICA: [-168, 7, -52, 74],
  SOUTH_AMERICA: [-82, -56, -34, 13],
  EUROPE: [-25, 34, 45, 72],
  AFRICA: [-20, -36, 53, 38],
  ASIA: [26, -11, 180, 78],
  OCEANIA: [110, -48, 180, 0],
};

/** What a map's `view.focus` shows: the world, a region, or a country by its two letters. */
export function boundsOf(focus: string, countries: Countries): Bounds {
  const name = focus.toUpperCase().replaceAll(/[ -]/g, "_");
  const region = REGIONS[name];
  if (region) return region;
  const country = countries[name.slice(0, 2)];
  return country ? around(country) : REGIONS.WORLD!;
}

/** The main part of a country, with some air. */
function around({ rings }: Country): Bounds {
  const main = rings.reduce((most, ring) => (ring.length > most.length ? ring : most), rings[0] ?? []);
  const xs = main.filter((_, i) => i % 2 === 0);
  const ys = main.filter((_, i) => i % 2 === 1);
  const [west, east] = [Math.min(...xs), Math.max(...xs)];
  const [south, north] = [Math.min(...ys), Math.max(...ys)];
  const air = Math.max(east - west, north - south) * 0.15 + 1;
  return [west - air, south - air, east + air, north + air];
}

export interface Projection {
  x: (longitude: number) => number;
  y: (latitude: number) => number;
}

/** Equirectangular, true at the middle of the bounds, as large as fits. */
export function projection([west, south, east, north]: Bounds, width: number, height: number): Projection {
  const squeeze = Math.max(0.3, Math.cos((((south + north) / 2) * Math.PI) / 180));
  const scale = Math.min(width / ((east - west) * squeeze), height / (north - south));
  const left = (width - (east - west) * squeeze * scale) / 2;
  const top = (height - (north - south) * scale) / 2;
  return {
    x: (longitude) => left + (longitude - west) * squeeze * scale,
    y: (latitude) => top + (north - latitude) * scale,
  };
}

/** SVG path of a country. */
export function outline({ rings }: Country, { x, y }: Projection): string {
  return rings
    .map((ring) => {
      let path = "";
      for (let i = 0; i + 1 < ring.length; i += 2) {
        // Over the date line an outline goes on at the other side of the map, not across it.
        const begins = i === 0 || Math.abs(ring[i]! - ring[i - 2]!) > 180;
        path += `${begins ? "M" : "L"}${x(ring[i]!).toFixed(1)} ${y(ring[i + 1]!).toFixed(1)}`;
      }
      return `${path}Z`;
    })
    .join("");
}
