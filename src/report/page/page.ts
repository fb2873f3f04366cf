/** The report as one HTML file that loads nothing. */
import { html, Markup } from "../markup.ts";
import type { ReportInput } from "../run-report.ts";
import type { Section } from "../section.ts";
import { blockMarkup } from "./blocks.ts";
import { overviewMarkup, titleOf } from "./overview.ts";
import style from "./page.css?raw";

export function pageOf(input: ReportInput, sections: readonly Section[]): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${titleOf(input)}</title>
        <style>
          ${new Markup(style)}
        </style>
      </head>
      <body>
        <nav aria-label="contents">
          <p>${titleOf(input)}</p>
          <ol>
            ${sections.map(({ id, title }) => html`<li><a href="#section-${id}">${title}</a></li>`)}
          </ol>
        </nav>
        <main>
          ${overviewMarkup(input)} ${sections.map(sectionMarkup)}
          <footer>
            Made by cellgrad ${input.config.version} from the files of ${input.run}. The thesis is O. M. Siddiqi, R-Net,
            Imperial College London, 2023.
          </footer>
        </main>
      </body>
    </html> `.text;
}

const sectionMarkup = ({ id, title, blocks }: Section): Markup =>
  html`<section id="section-${id}" class="section">
    <h2>${title}</h2>
    ${blocks.map(blockMarkup)}
  </section>`;
