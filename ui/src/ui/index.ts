export * from "./controls";
export { Icon, type IconName } from "./icons";
export * from "./layers";
export * from "./surface";
export * from "./table";
export { toast } from "./toast";
