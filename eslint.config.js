import tseslint from "typescript-eslint";

const typeScript = ["**/*.ts"];
const benchmarks = ["bench/*.ts", "bench/kernels/**/*.ts"];
const nodePart = ["src/cli/**", "**/*.node.ts"];

export default tseslint.config(
  { ignores: ["dist/**", "node_modules/**", ".cache/**", "site/dist/**", "runs/**", ".gpu/**"] },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  { files: ["**/*.js", "**/*.mjs"], extends: [tseslint.configs.recommended] },
  {
    files: typeScript,
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      // `const { n, ...rest } = …` leaves a property out.
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
    },
  },
  {
    files: ["src/**/*.ts", "site/**/*.ts", "scripts/**/*.ts", ...benchmarks],
    rules: {
      "no-restricted-syntax": [
        "error",
        // Typed-array loops may say `x[i]!`; anything else proves that it is there.
        {
          selector: "TSNonNullExpression:not(:has(> MemberExpression[computed=true]))",
          message: "check for undefined instead of `!`",
        },
        { selector: "TSAsExpression > TSAsExpression", message: "a cast through another type hides an error" },
        { selector: "ExportDefaultDeclaration", message: "export by name" },
      ],
      "max-lines": ["error", 250],
      "max-lines-per-function": ["error", { max: 40, skipComments: true, skipBlankLines: true }],
    },
  },
  {
    files: ["src/**/*.ts", ...benchmarks],
    ignores: nodePart,
    rules: {
      "no-console": "error",
      "no-restricted-globals": ["error", "process", "Buffer", "require", "__dirname", "__filename"],
    },
  },
  // These files are told by others to export by default.
  { files: ["**/*.d.ts", "**/*.config.ts"], rules: { "no-restricted-syntax": "off" } },
);
