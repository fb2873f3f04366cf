/** A shader imported as text: the same bytes run in Node, in the page and in the tests. */
declare module "*.wgsl?raw" {
  const source: string;
  export default source;
}
