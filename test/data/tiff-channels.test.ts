import { describe, expect, test } from "vitest";
import { channelLayout } from "../../src/data/tiff-channels.ts";

/** An OME-XML document of two images, of which the first counts. */
const ome = (pixels: string, tiffData: string) => `<?xml version="1.0"?>
  <OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:own">
    <Image ID="Image:0"><Pixels ID="Pixels:0" SizeX="4" SizeY="4" ${pixels} Type="uint16">
      <Channel ID="Channel:0:0"/>${tiffData}
    </Pixels></Image>
    <Image ID="Image:1"><Pixels SizeC="9" DimensionOrder="XYCZT"><TiffData IFD="90" PlaneCount="9"/></Pixels></Image>
  </OME>`;
const pagesOf = (description: string, pages = 24) => {
  const { channels, pageOf } = channelLayout({ description, pages, samplesPerPixel: 1 });
  return Array.from({ length: channels }, (_, i) => pageOf?.(i));
};
const sizes = 'SizeZ="4" SizeC="3" SizeT="2"';

describe("OME-XML", () => {
  test.each([
    ["XYCZT", [0, 1, 2]],
    ["XYZCT", [0, 4, 8]],
    ["XYZTC", [0, 8, 16]],
    ["XYTCZ", [0, 2, 4]],
  ])("order %s", (order, pages) => {
    const pixels = `${sizes} DimensionOrder="${order}"`;
    expect(pagesOf(ome(pixels, ""))).toEqual(pages);
    expect(pagesOf(ome(pixels, "<TiffData/>"))).toEqual(pages);
    expect(pagesOf(ome(pixels, '<TiffData IFD="5" PlaneCount="24"/>'))).toEqual(pages.map((page) => page + 5));
  });

  const pixels = 'DimensionOrder="XYZCT" SizeZ="2" SizeC="3" SizeT="1"';
  test("planes listed one by one, in any order", () => {
    const listed = [
      [2, 0, 0],
      [2, 1, 1],
      [0, 0, 2],
      [0, 1, 3],
      [1, 1, 4],
      [1, 0, 5],
    ].map(([c, z, page]) => `<TiffData FirstC="${c}" FirstZ="${z}" FirstT="0" IFD="${page}" PlaneCount="1"/>`);
    expect(pagesOf(ome(pixels, listed.join("\n")))).toEqual([2, 5, 0]);
  });

  test("a page without a count is one plane, and what is not listed is elsewhere", () => {
    expect(pagesOf(ome(pixels, '<TiffData FirstC="1" IFD="7"/>'))).toEqual([undefined, 7, undefined]);
  });

  test("planes in other files are elsewhere", () => {
    const inFile = (c: number, id: string) =>
      `<TiffData FirstC="${c}" IFD="0" PlaneCount="2">\n<UUID FileName="${id}.tif">urn:uuid:${id}</UUID></TiffData>`;
    const description = ome(pixels, [inFile(0, "other"), inFile(1, "own"), inFile(2, "third")].join(""));
    expect(pagesOf(description, 2)).toEqual([undefined, 0, undefined]);
    expect(pagesOf(description, 1)).toEqual([undefined, 0, undefined]);
  });
});

test("ImageJ's channels change fastest, and a stack of one channel has one", () => {
  expect(pagesOf("ImageJ=1.53t\nimages=6\nchannels=3\nslices=2\nhyperstack=true\n", 6)).toEqual([0, 1, 2]);
  expect(pagesOf("ImageJ=1.53t\nimages=6\nslices=6\n", 6)).toEqual([0]);
});

test("without a description pages are channels, and samples come before pages", () => {
  expect(pagesOf("", 3)).toEqual([0, 1, 2]);
  expect(channelLayout({ description: "", pages: 1, samplesPerPixel: 1 })).toEqual({ channels: 1, pageOf: null });
  expect(channelLayout({ description: "", pages: 5, samplesPerPixel: 3 })).toEqual({ channels: 3, pageOf: null });
});
