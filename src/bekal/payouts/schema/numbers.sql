-- Each decision to pay the providers has a number of its own.
CREATE SEQUENCE IF NOT EXISTS payouts_settlement_number MINVALUE 1 START 1;
