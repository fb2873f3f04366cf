/** A style sheet imported as text. */
declare module "*.css?raw" {
  const source: string;
  export default source;
}
