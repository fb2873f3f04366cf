import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist/**", "node_modules/**", "site/dist/**", "runs/**"] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ["eslint.config.js", "bin/cellgrad.js"] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "no-restricted-syntax": [
        "error",
        // Typed-array loops may say `x[i]!`; anything else proves that it is there.
        { selector: "TSNonNullExpression:not(:has(> MemberExpression[computed=true]))", message: "check for undefined instead of `!`" },
        { selector: "ExportDefaultDeclaration", message: "export by name" },
      ],
    },
  },
  { files: ["eslint.config.js", "vitest.config.ts", "site/vite.config.ts", ".dependency-cruiser.js", "bin/**", "**/*.js"], rules: { "no-restricted-syntax": "off" }, ...tseslint.configs.disableTypeChecked },
  { files: ["test/**", "bench/**"], rules: { "no-restricted-syntax": "off", "@typescript-eslint/no-non-null-assertion": "off" } },
);
