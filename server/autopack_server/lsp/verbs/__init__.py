"""The commands of the contract, by subject: each handler takes a contract value and returns one."""
