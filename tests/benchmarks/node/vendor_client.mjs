// HighLevel's own Node client, as it is published, against a sandbox at argv[2]: all
// that it has for collections, products, prices and inventory. Prints a JSON object:
// the calls that were answered well, and each that was not, with what came back.
import { HighLevel } from "@gohighlevel/api-client";

HighLevel.BASE_URL = process.argv[2];
const client = new HighLevel({ privateIntegrationToken: "pit-any" });
const shop = client.products;
const place = { altId: "LOC", altType: "location" };
const mug = { name: "Mug", locationId: "LOC", productType: "PHYSICAL" };
const large = { name: "Large", type: "one_time", currency: "USD", amount: 3, locationId: "LOC", sku: "M-L" };
const good = [];
const bad = [];

async function step(name, call, holds) {
  try {
    const answer = await call();
    if (!holds(answer)) throw new Error(JSON.stringify(answer));
    good.push(name);
    return answer;
  } catch (error) {
    bad.push(`${name}: ${error.message}`);
    return { data: {} };
  }
}

const made = await step(
  "createProductCollection",
  () => shop.createProductCollection({ ...place, name: "Best", slug: "best" }),
  (answer) => answer.data._id.length === 24,
);
const collectionId = made.data._id;
await step("getProductCollection", () => shop.getProductCollection({ ...place, limit: 0, name: "bes", collectionIds: collectionId }), (answer) => answer.total === 1);
await step("getProductCollectionId", () => shop.getProductCollectionId({ collectionId, altId: "LOC" }), (answer) => answer.data.slug === "best");
await step("updateProductCollection", () => shop.updateProductCollection({ collectionId }, { ...place, name: "Better" }), (answer) => answer.status);

const product = await step("createProduct", () => shop.createProduct({ ...mug, collectionIds: [collectionId] }), (answer) => answer._id.length === 24);
const productId = product._id;
await step(
  "listInvoices",
  () => shop.listInvoices({ locationId: "LOC", limit: 0, productIds: [productId, "0".repeat(24)], collectionIds: collectionId, availableInStore: true, expand: ["tax"] }),
  (answer) => answer.total[0].total === 1 && answer.products[0].locationId === "LOC",
);
await step("getProductById", () => shop.getProductById({ productId, locationId: "LOC" }), (answer) => answer.name === "Mug");
await step("updateProductById", () => shop.updateProductById({ productId }, { ...mug, name: "Cup" }), (answer) => answer.name === "Cup");
await step("bulkEdit", () => shop.bulkEdit({ ...place, products: [{ _id: productId, collectionIds: [] }] }), (answer) => answer.updatedCount === 1);
await step("bulkUpdate", () => shop.bulkUpdate({ ...place, type: "bulk-update-availability", productIds: [productId], availability: false }), (answer) => answer.status);

const price = await step("createPriceForProduct", () => shop.createPriceForProduct({ productId }, large), (answer) => answer.product === productId);
const priceId = price._id;
await step("listPricesForProduct", () => shop.listPricesForProduct({ productId, locationId: "LOC", ids: priceId }), (answer) => answer.total === 1);
await step("getPriceByIdForProduct", () => shop.getPriceByIdForProduct({ productId, priceId, locationId: "LOC" }), (answer) => answer.amount === 3);
await step("updatePriceByIdForProduct", () => shop.updatePriceByIdForProduct({ productId, priceId }, { ...large, amount: 4 }), (answer) => answer.amount === 4);
await step("getListInventory", () => shop.getListInventory({ ...place, limit: 0, search: "m-l" }), (answer) => answer.inventory[0].sku === "M-L");
await step("updateInventory", () => shop.updateInventory({ ...place, items: [{ priceId, availableQuantity: 2 }] }), (answer) => answer.status);

await step("deletePriceByIdForProduct", () => shop.deletePriceByIdForProduct({ productId, priceId, locationId: "LOC" }), (answer) => answer.status);
await step("deleteProductById", () => shop.deleteProductById({ productId, locationId: "LOC" }), (answer) => answer.status);
await step("deleteProductCollection", () => shop.deleteProductCollection({ collectionId, ...place }), (answer) => answer.status);
await step("healthCheck", () => client.healthCheck(), (answer) => answer === true);
console.log(JSON.stringify({ good, bad }));
