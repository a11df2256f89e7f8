drop index bidui.person_county_household_id_idx; -- person_household finds the same
