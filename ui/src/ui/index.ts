export { ask, Questions } from "./ask";
export * from "./controls";
export { Icon, type IconName } from "./icons";
export * from "./layers";
export { PermissionsProvider, useDenied, useMay } from "./permissions";
export { type Option, Select } from "./select";
export * from "./surface";
export * from "./table";
export { toast } from "./toast";
