import { expect, test } from "vitest";
import { widgetTable } from "./widgetTypesPage";

/** `npx vitest run src/widgets/register.test.ts -u` writes the page anew. */
test("the documentation lists what is drawn, edited and sent", async () => {
  await expect(widgetTable()).toMatchFileSnapshot("../../../docs/widgets.md");
});
