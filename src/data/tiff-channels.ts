/** Where a TIFF keeps its channels: in the samples of a pixel, or in pages as OME-TIFF and ImageJ write them. */

/** Channels of a file, and where each lies. */
export interface ChannelLayout {
  readonly channels: number;
  /**
   * The page, from 0, of channel `index`, undefined for one in another file; null where the channels are the samples of the
   * first page.
   */
  readonly pageOf: ((index: number) => number | undefined) | null;
}

interface TiffSummary {
  readonly description: string;
  readonly pages: number;
  /** Of the first page. */
  readonly samplesPerPixel: number;
}

/**
 * The layout that the description of the first page declares: OME-XML or ImageJ's lines, the first plane and time of each
 * channel. Without either, the pages of a file with one sample a pixel count as its channels.
 */
export function channelLayout({ description, pages, samplesPerPixel }: TiffSummary): ChannelLayout {
  if (samplesPerPixel > 1) return { channels: samplesPerPixel, pageOf: null };
  if (/<OME[\s>]/.test(description)) return omeLayout(description);
  if (pages === 1) return { channels: 1, pageOf: null };
  const channels = /^ImageJ=/.test(description) ? Number(/^channels=(\d+)/m.exec(description)?.[1] ?? 1) : pages;
  return { channels, pageOf: (index) => index }; // ImageJ: channels change fastest
}

/** Planes of an image in a row of pages. */
interface Block {
  /** The first plane, in the order of the image's axes, and how many follow each other. */
  readonly plane: number;
  readonly count: number;
  /** The page of the first, undefined in another file. */
  readonly page: number | undefined;
}

/** The first image of an OME-XML document (schema 2016-06, Pixels and TiffData). */
function omeLayout(xml: string): ChannelLayout {
  const image = between(xml, "<Pixels ", "</Pixels>");
  const pixels = between(image, "<Pixels ", ">");
  const sizeOf = (axis: string) => numberIn(pixels, `Size${axis}`) ?? 1;
  // "XYZCT": the axes from the one that changes fastest.
  const axes = [...(attribute(pixels, "DimensionOrder") ?? "XYCZT").slice(2)];
  const strideOf = (axis: string) =>
    axes.slice(0, axes.indexOf(axis)).reduce((product, faster) => product * sizeOf(faster), 1);
  const planeOf = (element: string) =>
    axes.reduce((plane, axis) => plane + (numberIn(element, `First${axis}`) ?? 0) * strideOf(axis), 0);
  const all = axes.reduce((product, axis) => product * sizeOf(axis), 1);
  const blocks = blocksOf(xml, image, planeOf, all);
  const pageOf = (index: number) => {
    const plane = index * strideOf("C");
    const block = blocks.find((own) => own.plane <= plane && plane < own.plane + own.count);
    return block?.page === undefined ? undefined : block.page + plane - block.plane;
  };
  return { channels: sizeOf("C"), pageOf };
}

/** @param planes in the whole image, which a block without page and count has. */
function blocksOf(xml: string, image: string, planeOf: (element: string) => number, planes: number): readonly Block[] {
  const ownId = attribute(between(xml, "<OME ", ">"), "UUID");
  const elements = [...image.matchAll(/<TiffData\b([^>]*?)(?:\/>|>\s*(?:<UUID[^>]*>([^<]*)<\/UUID>)?)/g)];
  if (elements.length === 0) return [{ plane: 0, count: planes, page: 0 }];
  return elements.map(([, element = "", fileId = ownId]) => {
    const page = numberIn(element, "IFD");
    const count = numberIn(element, "PlaneCount") ?? (page === undefined ? planes : 1);
    return { plane: planeOf(element), count, page: fileId === ownId ? (page ?? 0) : undefined };
  });
}

/** From the first `start` to the first `end` behind it, both included: in one pass, however the text is made. */
function between(text: string, start: string, end: string): string {
  const first = text.indexOf(start);
  const last = first < 0 ? -1 : text.indexOf(end, first);
  return last < 0 ? "" : text.slice(first, last + end.length);
}

const attribute = (element: string, name: string): string | undefined =>
  new RegExp(`\\s${name}="([^"]*)"`).exec(element)?.[1];

function numberIn(element: string, name: string): number | undefined {
  const value = attribute(element, name);
  return value === undefined ? undefined : Number(value);
}
